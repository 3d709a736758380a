import "@mantine/core/styles/Table.layer.css";

import { Anchor, Table, Text } from "@mantine/core";

import { ScrollBox } from "@/components/ScrollBox";
import { formatDayAndTime } from "@/lib/format/dates";

import type { Entry } from "../api/trail";

interface Props {
  entries: Entry[];
  onOpen: (entry: Entry) => void;
}

export function TrailTable({ entries, onOpen }: Props) {
  return (
    <ScrollBox label="Entries">
      <Table verticalSpacing="xs" highlightOnHover miw={860}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>Actor</Table.Th>
            <Table.Th>Subject</Table.Th>
            <Table.Th>Address</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((entry) => (
            <Table.Tr key={entry.sequence}>
              <Table.Td>
                <Anchor
                  component="button"
                  type="button"
                  size="sm"
                  ta="start"
                  aria-label={`${entry.event_name}, entry ${entry.sequence}`}
                  onClick={() => onOpen(entry)}
                >
                  {entry.event_name}
                </Anchor>
              </Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                {formatDayAndTime(entry.occurred_at)}
              </Table.Td>
              <Table.Td>
                <Id>{entry.actor_id}</Id>
              </Table.Td>
              <Table.Td>
                <Id>{entry.subject_id}</Id>
              </Table.Td>
              <Table.Td>{entry.client_ip ?? "–"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollBox>
  );
}

/** Ids of the same time begin alike: their ends distinguish them. */
function Id({ children }: { children: string | null }) {
  if (children === null) return "–";
  return (
    <Text size="sm" ff="monospace" title={children}>
      {children.length > 12 ? `…${children.slice(-12)}` : children}
    </Text>
  );
}
