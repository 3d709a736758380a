import "@mantine/core/styles/Chip.layer.css";

import { Chip, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { optionsOf } from "@/lib/options";
import { useOpenTeam } from "@/lib/useTeam";

import { ASSIGNEE_LABELS, DUE_LABELS, type TaskSearch } from "../search";
import type { ChangeSearch } from "../useTaskSearch";
import { PRIORITY_LABELS, STATUS_LABELS } from "../words";
import { AnchoredPopover } from "./AnchoredPopover";
import { TagsField } from "./TagsField";

interface Props {
  anchor: HTMLElement;
  search: TaskSearch;
  changeSearch: ChangeSearch;
  onClose: () => void;
}

export default function FilterPopover({ anchor, search, changeSearch, onClose }: Props) {
  const { status = [], priority = [], tag = [], due, assignee } = search;
  const isOfTeam = useOpenTeam() !== null;
  return (
    <AnchoredPopover anchor={anchor} label="Filter" width={320} onClose={onClose}>
      <Stack gap="sm">
        <Chips label="Status">
          {optionsOf(STATUS_LABELS).map(({ value, label }) => (
            <Choice
              key={value}
              label={label}
              checked={status.includes(value)}
              onChange={() => void changeSearch({ status: toggle(status, value) })}
            />
          ))}
        </Chips>
        <Chips label="Priority">
          {optionsOf(PRIORITY_LABELS).map(({ value, label }) => (
            <Choice
              key={value}
              label={label}
              checked={priority.includes(value)}
              onChange={() => void changeSearch({ priority: toggle(priority, value) })}
            />
          ))}
        </Chips>
        <Chips label="Due">
          {optionsOf(DUE_LABELS).map(({ value, label }) => (
            <Choice
              key={value}
              label={label}
              checked={due === value}
              onChange={() => void changeSearch({ due: due === value ? undefined : value })}
            />
          ))}
        </Chips>
        {isOfTeam && (
          <Chips label="Assignee">
            {optionsOf(ASSIGNEE_LABELS).map(({ value, label }) => (
              <Choice
                key={value}
                label={label}
                checked={assignee === value}
                onChange={() =>
                  void changeSearch({ assignee: assignee === value ? undefined : value })
                }
              />
            ))}
          </Chips>
        )}
        <TagsField
          label={<Heading>Tags</Heading>}
          value={tag}
          onChange={(tags) => void changeSearch({ tag: tags })}
        />
      </Stack>
    </AnchoredPopover>
  );
}

function Chips({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={label}>
      <Heading>{label}</Heading>
      <Group gap={6}>{children}</Group>
    </div>
  );
}

function Heading({ children }: { children: string }) {
  return (
    <Text component="div" size="xs" fw={600} c="dimmed" mb={4}>
      {children}
    </Text>
  );
}

interface ChoiceProps {
  label: string;
  checked: boolean;
  onChange: () => void;
}

function Choice({ label, checked, onChange }: ChoiceProps) {
  return (
    <Chip size="xs" checked={checked} onChange={onChange}>
      {label}
    </Chip>
  );
}

function toggle<Value>(values: Value[], value: Value): Value[] {
  return values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
}
