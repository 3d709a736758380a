import { Group, Table, Text, UnstyledButton } from "@mantine/core";
import { ArrowDownIcon, ArrowUpIcon, ChevronsUpDownIcon } from "lucide-react";

type Order = "asc" | "desc";

interface Props {
  label: string;
  /** How the table is sorted by this column, if it is. */
  order: Order | null;
  onSort: (order: Order) => void;
}

/** A column header that sorts the table; a second click reverses the order. */
export function SortHeader({ label, order, onSort }: Props) {
  const Icon = order === null ? ChevronsUpDownIcon : order === "asc" ? ArrowUpIcon : ArrowDownIcon;
  return (
    <Table.Th
      aria-sort={order === null ? "none" : order === "asc" ? "ascending" : "descending"}
      style={{ whiteSpace: "nowrap" }}
    >
      <UnstyledButton onClick={() => onSort(order === "asc" ? "desc" : "asc")}>
        <Group gap={4} wrap="nowrap">
          <Text span size="sm" fw={600}>
            {label}
          </Text>
          <Icon size={14} aria-hidden />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
