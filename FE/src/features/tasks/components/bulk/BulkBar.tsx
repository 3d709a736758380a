import "@mantine/core/styles/ActionBar.layer.css";
import "@mantine/core/styles/Affix.layer.css";

import { ActionBar, Button, Group, Loader, Text } from "@mantine/core";
import {
  CalendarIcon,
  ContrastIcon,
  SignalHighIcon,
  TagIcon,
  Trash2Icon,
  UserIcon,
} from "lucide-react";
import { useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";

import type { Task } from "../../api/tasks";
import type { ChangesOf } from "../../bulk";
import { useIsOfTeam } from "../../useMembers";
import type { PopoverField } from "../TaskActions";
import classes from "./BulkBar.module.css";
import { bulkFieldId } from "./useSelectionShortcuts";

const BulkPopover = lazyOverlay(() => import("./BulkPopover"));

const FIELDS = [
  { field: "status", label: "Status", icon: ContrastIcon },
  { field: "priority", label: "Priority", icon: SignalHighIcon },
  { field: "due", label: "Due date", icon: CalendarIcon },
  { field: "tags", label: "Tags", icon: TagIcon },
] as const;
const FIELDS_OF_TEAM = [
  ...FIELDS,
  { field: "assignee", label: "Assignee", icon: UserIcon },
] as const;

interface Props {
  tasks: Task[];
  isPending: boolean;
  areAllSelected: boolean;
  onSelectAll: () => void;
  onChange: (tasks: Task[], changesOf: ChangesOf) => void;
  onDelete: (tasks: Task[]) => void;
  onClear: () => void;
}

/** The actions for the selected tasks. */
export default function BulkBar(props: Props) {
  const { tasks, isPending, areAllSelected, onSelectAll, onChange, onDelete, onClear } = props;
  const fields = useIsOfTeam() ? FIELDS_OF_TEAM : FIELDS;
  const [popover, setPopover] = useState<{ field: PopoverField; anchor: HTMLElement }>();
  return (
    <>
      <ActionBar
        opened
        shadow="lg"
        role="region"
        aria-label="Selected tasks"
        className={classes.bar}
        position={{ bottom: 16, left: 8, right: 8 }}
        transitionProps={{ duration: 0 }}
      >
        <Text size="sm" fw={600} role="status">
          {tasks.length} selected
        </Text>
        {!areAllSelected && (
          <Button size="compact-sm" variant="subtle" onClick={onSelectAll}>
            Select all
          </Button>
        )}
        <Group gap={4} wrap="nowrap">
          {fields.map(({ field, label, icon: Icon }) => (
            <Button
              key={field}
              id={bulkFieldId(field)}
              size="compact-sm"
              variant="default"
              className={classes.action}
              leftSection={<Icon size={16} />}
              aria-label={label}
              aria-haspopup="dialog"
              disabled={isPending}
              onClick={({ currentTarget }) => setPopover({ field, anchor: currentTarget })}
            >
              {label}
            </Button>
          ))}
          <Button
            size="compact-sm"
            variant="light"
            color="red"
            className={classes.action}
            leftSection={<Trash2Icon size={16} />}
            aria-label="Delete"
            disabled={isPending}
            onClick={() => onDelete(tasks)}
          >
            Delete
          </Button>
        </Group>
        {isPending && <Loader size="xs" role="img" aria-label="Saving" />}
        <ActionBar.CloseButton aria-label="Clear the selection" onClick={onClear} />
      </ActionBar>
      {popover && (
        <BulkPopover
          {...popover}
          tasks={tasks}
          onChange={(changesOf) => onChange(tasks, changesOf)}
          onClose={() => setPopover(undefined)}
        />
      )}
    </>
  );
}
