import "@mantine/core/styles/Table.layer.css";

import { Stack, Table, Text } from "@mantine/core";

import { ScrollBox } from "@/components/ScrollBox";

import type { UserFile } from "../csv";

const SHOWN = 10;

interface Props {
  file: UserFile;
  /** The server's messages by line of the file. */
  messages: Map<number, string>;
}

/** The first users of a file, and those that the server refused. */
export function UserRowsPreview({ file: { rows, unused }, messages }: Props) {
  const shown = rows.filter(({ line }, index) => index < SHOWN || messages.has(line));
  return (
    <Stack gap="xs">
      {unused.length > 0 && <Text size="sm">Not used: {unused.join(", ")}.</Text>}
      <ScrollBox label="Users of the file">
        <Table verticalSpacing={4} fz="sm" miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Line</Table.Th>
              <Table.Th>Email</Table.Th>
              <Table.Th>Name</Table.Th>
              <Table.Th>Username</Table.Th>
              <Table.Th>Role</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(({ line, user }) => (
              <Table.Tr key={line} {...(messages.has(line) && { fw: 700 })}>
                <Table.Td>{line}</Table.Td>
                <Table.Td>{user.email}</Table.Td>
                <Table.Td>{user.full_name}</Table.Td>
                <Table.Td>{user.username ?? "–"}</Table.Td>
                <Table.Td>{user.role ?? "user"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollBox>
      {shown.length < rows.length && (
        <Text size="sm" c="dimmed">
          And {rows.length - shown.length} more.
        </Text>
      )}
    </Stack>
  );
}
