import { Button, Group } from "@mantine/core";
import { XIcon } from "lucide-react";

import { ASSIGNEE_LABELS, DUE_LABELS, type TaskSearch } from "../search";
import type { ChangeSearch } from "../useTaskSearch";
import { PRIORITY_LABELS, STATUS_LABELS } from "../words";

interface Props {
  search: TaskSearch;
  changeSearch: ChangeSearch;
}

interface Filter {
  label: string;
  without: TaskSearch;
}

export const NO_FILTERS = {
  q: undefined,
  status: undefined,
  priority: undefined,
  tag: undefined,
  due: undefined,
  assignee: undefined,
};

/** The filters in use; a click removes one. */
export function ActiveFilters({ search, changeSearch }: Props) {
  const filters = filtersIn(search);
  if (filters.length === 0) return null;
  return (
    <Group gap={6} mt="xs" role="group" aria-label="Filters in use">
      {filters.map(({ label, without }) => (
        <Button
          key={label}
          size="compact-sm"
          variant="light"
          rightSection={<XIcon size={14} />}
          aria-label={`Remove the filter ${label}`}
          onClick={() => void changeSearch(without)}
        >
          {label}
        </Button>
      ))}
      <Button size="compact-sm" variant="subtle" onClick={() => void changeSearch(NO_FILTERS)}>
        Clear all
      </Button>
    </Group>
  );
}

function filtersIn({ status = [], priority = [], tag = [], due, assignee }: TaskSearch): Filter[] {
  return [
    ...status.map((value) => ({
      label: STATUS_LABELS[value],
      without: { status: status.filter((other) => other !== value) },
    })),
    ...priority.map((value) => ({
      label: PRIORITY_LABELS[value],
      without: { priority: priority.filter((other) => other !== value) },
    })),
    ...tag.map((value) => ({
      label: `#${value}`,
      without: { tag: tag.filter((other) => other !== value) },
    })),
    ...(due ? [{ label: DUE_LABELS[due], without: { due: undefined } }] : []),
    ...(assignee ? [{ label: ASSIGNEE_LABELS[assignee], without: { assignee: undefined } }] : []),
  ];
}
