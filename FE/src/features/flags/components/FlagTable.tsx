import "@mantine/core/styles/Table.layer.css";

import { Anchor, Badge, Group, Table, Text } from "@mantine/core";

import { ScrollBox } from "@/components/ScrollBox";
import { formatDayAndTime } from "@/lib/format/dates";

import { usePeople } from "../api/people";
import type { Flag } from "../api/settings";
import { sentenceOf, settingOf, STATE_LABELS, wordOf } from "../rules";

interface Props {
  flags: Flag[];
  onOpen: (name: string) => void;
}

export function FlagTable({ flags, onOpen }: Props) {
  const ids = new Set(flags.flatMap(({ changed_by }) => changed_by ?? []));
  const admins = usePeople([...ids]);
  const nameOf = (id: string) => admins.find((admin) => admin.id === id)?.full_name ?? "";
  return (
    <ScrollBox label="Flags">
      <Table verticalSpacing="xs" highlightOnHover miw={760}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Flag</Table.Th>
            <Table.Th>Who gets what</Table.Th>
            <Table.Th>Default</Table.Th>
            <Table.Th>Changed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {flags.map((flag) => (
            <Table.Tr key={flag.name}>
              <Table.Td>
                <Group gap="xs" wrap="nowrap">
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    fw={500}
                    ta="start"
                    onClick={() => onOpen(flag.name)}
                  >
                    {flag.name}
                  </Anchor>
                  <StateBadge state={flag.state} />
                </Group>
                <Text size="xs" c="dimmed" maw={360}>
                  {flag.about ?? "No code declares it any more."}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm" maw={320}>
                  {sentenceOf(settingOf(flag))}
                </Text>
              </Table.Td>
              <Table.Td>{flag.default === null ? "–" : wordOf(flag.default)}</Table.Td>
              <Table.Td style={{ whiteSpace: "nowrap" }}>
                {flag.changed_at === null ? "–" : formatDayAndTime(flag.changed_at)}
                {flag.changed_by !== null && (
                  <Text size="xs" c="dimmed" maw={180} truncate>
                    {nameOf(flag.changed_by)}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollBox>
  );
}

function StateBadge({ state }: Pick<Flag, "state">) {
  if (state === "default") return null;
  return (
    <Badge size="xs" variant="default" flex="none">
      {STATE_LABELS[state]}
    </Badge>
  );
}
