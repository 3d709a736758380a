import "@mantine/core/styles/Menu.layer.css";

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

import { useRef } from "react";

import { hasCode } from "@/lib/api/errors";
import { reportError, reportSuccess } from "@/lib/reports";

import { useChangeUser } from "../api/changeUser";
import type { User } from "../api/users";
import { type StateChange, stateChangesOf } from "../stateChanges";
import type { UserAction } from "./UsersPage";

const ICONS = {
  promote: ShieldPlusIcon,
  demote: ShieldMinusIcon,
  deactivate: UserXIcon,
  activate: UserCheckIcon,
};

interface Props {
  user: User;
  onAction: (action: UserAction) => void;
}

export function UserMenu({ user, onAction }: Props) {
  const change = useChangeUser();
  const button = useRef<HTMLButtonElement>(null);
  // the focus returns there when the dialog of the action closes
  const begin = (action: UserAction) => {
    button.current?.focus();
    onAction(action);
  };
  const save = (stateChange: StateChange) =>
    change.mutateAsync({ user, changes: stateChange.changes }).then(
      () => reportSuccess(stateChange.done),
      (error: unknown) => {
        if (hasCode<"change_user">(error, "PRECONDITION_FAILED"))
          begin({ action: "repeat", user, stateChange });
        else reportError(error);
      },
    );
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon
          ref={button}
          variant="subtle"
          color="gray"
          aria-label={`Actions for ${user.full_name}`}
          loading={change.isPending}
        >
          <EllipsisIcon size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<PencilIcon size={16} />}
          onClick={() => begin({ action: "edit", user })}
        >
          Edit
        </Menu.Item>
        {stateChangesOf(user).map((stateChange) => {
          const Icon = ICONS[stateChange.kind];
          return (
            <Menu.Item
              key={stateChange.kind}
              leftSection={<Icon size={16} />}
              onClick={() => void save(stateChange)}
            >
              {stateChange.label}
            </Menu.Item>
          );
        })}
        <Menu.Divider />
        <Menu.Item
          c="var(--mantine-color-error)"
          leftSection={<Trash2Icon size={16} />}
          onClick={() => begin({ action: "delete", user })}
        >
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
