import "@mantine/core/styles/Table.layer.css";

import { Badge, Group, Table, Text, VisuallyHidden } from "@mantine/core";

import { ScrollBox } from "@/components/ScrollBox";
import { SortHeader } from "@/components/SortHeader";
import { formatDayAndTime } from "@/lib/format/dates";
import { useUser } from "@/lib/useSession";

import type { ListedUser, UserSort } from "../api/users";
import { type Order, orderOf, ROLE_LABELS, type UserSearch } from "../search";
import { UserMenu } from "./UserMenu";
import type { UserAction } from "./UsersPage";

const COLUMNS: [UserSort, string][] = [
  ["full_name", "Name"],
  ["email", "Email"],
  ["username", "Username"],
];

interface Props {
  users: ListedUser[];
  search: UserSearch;
  onSort: (sort: UserSort, order: Order) => void;
  onAction: (action: UserAction) => void;
}

export function UserTable({ users, search, onSort, onAction }: Props) {
  const [sort, order] = orderOf(search);
  const head = (column: UserSort, label: string) => (
    <SortHeader
      key={column}
      label={label}
      order={sort === column ? order : null}
      onSort={(next) => onSort(column, next)}
    />
  );
  return (
    <ScrollBox label="Users">
      <Table verticalSpacing="xs" highlightOnHover miw={860}>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map(([column, label]) => head(column, label))}
            <Table.Th>Role</Table.Th>
            <Table.Th>State</Table.Th>
            {head("created_at", "Since")}
            <Table.Th>
              <VisuallyHidden>What to do</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {users.map((user) => (
            <UserRow key={user.id} user={user} onAction={onAction} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollBox>
  );
}

function UserRow({ user, onAction }: { user: ListedUser; onAction: Props["onAction"] }) {
  const isMe = useUser().id === user.id;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" fw={500} maw={220} truncate title={user.full_name}>
            {user.full_name}
          </Text>
          {isMe && (
            <Badge size="xs" variant="default" flex="none">
              You
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm" maw={260} truncate title={user.email}>
          {user.email}
        </Text>
        {!user.email_verified && (
          <Text size="xs" c="dimmed">
            Not verified
          </Text>
        )}
      </Table.Td>
      <Table.Td>{user.username ?? "–"}</Table.Td>
      <Table.Td>{ROLE_LABELS[user.role]}</Table.Td>
      <Table.Td>
        {user.is_active ? (
          "Active"
        ) : (
          <Text inherit c="dimmed">
            Deactivated
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{formatDayAndTime(user.created_at)}</Table.Td>
      <Table.Td>
        <UserMenu user={user} onAction={onAction} />
      </Table.Td>
    </Table.Tr>
  );
}
