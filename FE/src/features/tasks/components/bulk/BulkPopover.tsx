import { Button, Group, Stack } from "@mantine/core";
import { useState } from "react";

import type { Task } from "../../api/tasks";
import { NOBODY } from "../../assignees";
import { type ChangesOf, commonOf, withoutTags, withTags } from "../../bulk";
import { dueFields, dueOf } from "../../due";
import { FIELD_LABELS, PRIORITY_LABELS, STATUS_LABELS } from "../../words";
import { AnchoredPopover } from "../AnchoredPopover";
import { AssigneeList } from "../AssigneeList";
import { DuePicker } from "../DuePicker";
import { OptionList } from "../OptionList";
import { PriorityIcon } from "../PriorityIcon";
import { StatusIcon } from "../StatusToggle";
import { TagsField } from "../TagsField";
import type { PopoverField } from "../TaskActions";

interface Props {
  field: PopoverField;
  anchor: HTMLElement;
  tasks: Task[];
  onChange: (changesOf: ChangesOf) => void;
  onClose: () => void;
}

/** One field of several tasks. */
export default function BulkPopover({ field, anchor, tasks, onChange, onClose }: Props) {
  const save = (changesOf: ChangesOf) => {
    onChange(changesOf);
    onClose();
    anchor.focus({ preventScroll: true });
  };
  return (
    <AnchoredPopover
      anchor={anchor}
      label={`${FIELD_LABELS[field]} of ${tasks.length} tasks`}
      width={field === "due" ? 300 : 240}
      onClose={onClose}
    >
      {field === "status" && (
        <OptionList
          labels={STATUS_LABELS}
          value={commonOf(tasks, ({ status }) => status)}
          icon={(status) => <StatusIcon status={status} size={18} />}
          onChoose={(status) => save(() => ({ status }))}
        />
      )}
      {field === "priority" && (
        <OptionList
          labels={PRIORITY_LABELS}
          value={commonOf(tasks, ({ priority }) => priority)}
          icon={(priority) => <PriorityIcon priority={priority} />}
          onChoose={(priority) => save(() => ({ priority }))}
        />
      )}
      {field === "due" && (
        <DuePicker value={commonDue(tasks)} onChoose={(due) => save(() => dueFields(due))} />
      )}
      {field === "assignee" && (
        <AssigneeList
          value={commonAssignee(tasks)}
          onChoose={(assignee_id) => save(() => ({ assignee_id }))}
        />
      )}
      {field === "tags" && <TagsOfSeveral onSave={save} />}
    </AnchoredPopover>
  );
}

function TagsOfSeveral({ onSave }: { onSave: (changesOf: ChangesOf) => void }) {
  const [tags, setTags] = useState<string[]>([]);
  return (
    <Stack gap="xs">
      <TagsField autoFocus value={tags} onChange={setTags} />
      <Group gap="xs" grow>
        <Button size="xs" disabled={tags.length === 0} onClick={() => onSave(withTags(tags))}>
          Add
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={tags.length === 0}
          onClick={() => onSave(withoutTags(tags))}
        >
          Remove
        </Button>
      </Group>
    </Stack>
  );
}

function commonDue(tasks: Task[]) {
  const [first] = tasks;
  const isCommon = commonOf(tasks, ({ due_at, due_on }) => due_on ?? due_at) !== null;
  return isCommon && first ? dueOf(first) : null;
}

/** `undefined` if they differ. */
function commonAssignee(tasks: Task[]): string | null | undefined {
  const common = commonOf(tasks, ({ assignee_id }) => assignee_id ?? NOBODY);
  return common === null ? undefined : common || null;
}
