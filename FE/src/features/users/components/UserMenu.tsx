import { ActionIcon, Menu } from "@mantine/core";
import {
  EllipsisIcon,
  PencilIcon,
  ShieldMinusIcon,
  ShieldPlusIcon,
  Trash2Icon,
  UserCheckIcon,
  UserXIcon,
} from "lucide-react";

import { reportSuccess } from "@/lib/reports";

import { useChangeUser } from "../api/changeUser";
import type { User, UserChanges } from "../api/users";
import type { UserQuestion } from "./UsersPage";

interface Props {
  user: User;
  onAsk: (question: UserQuestion) => void;
}

export function UserMenu({ user, onAsk }: Props) {
  const change = useChangeUser();
  const save = (changes: UserChanges, done: string) =>
    change.mutate({ user, changes }, { onSuccess: () => reportSuccess(done) });
  const { full_name: name, is_active, role } = user;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Actions for ${name}`}
          loading={change.isPending}
        >
          <EllipsisIcon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<PencilIcon size={16} />}
          onClick={() => onAsk({ action: "edit", user })}
        >
          Edit
        </Menu.Item>
        {role === "user" ? (
          <Menu.Item
            leftSection={<ShieldPlusIcon size={16} />}
            onClick={() => save({ role: "admin" }, `${name} is an administrator now.`)}
          >
            Make administrator
          </Menu.Item>
        ) : (
          <Menu.Item
            leftSection={<ShieldMinusIcon size={16} />}
            onClick={() => save({ role: "user" }, `${name} is no administrator any more.`)}
          >
            Take administration away
          </Menu.Item>
        )}
        {is_active ? (
          <Menu.Item
            leftSection={<UserXIcon size={16} />}
            onClick={() => save({ is_active: false }, `${name} can no longer sign in.`)}
          >
            Deactivate
          </Menu.Item>
        ) : (
          <Menu.Item
            leftSection={<UserCheckIcon size={16} />}
            onClick={() => save({ is_active: true }, `${name} can sign in again.`)}
          >
            Activate
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<Trash2Icon size={16} />}
          onClick={() => onAsk({ action: "delete", user })}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
