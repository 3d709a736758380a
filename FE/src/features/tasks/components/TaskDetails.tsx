import { Button, Input, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { CalendarIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";

import { formatDayAndTime } from "@/lib/format/dates";
import { optionsOf } from "@/lib/options";
import { useNow } from "@/lib/useNow";

import { useChangeTask } from "../api/changeTask";
import type { Priority, Task, TaskStatus } from "../api/tasks";
import { dueFields, dueOf, dueText, isOverdue } from "../due";
import { useTextField } from "../useTextField";
import { PRIORITY_LABELS, STATUS_LABELS } from "../words";
import { AnchoredPopover } from "./AnchoredPopover";
import { AssigneeField } from "./AssigneeField";
import { DuePicker } from "./DuePicker";
import { TagsField } from "./TagsField";
import { useTaskActions } from "./TaskActions";
import classes from "./TaskDetails.module.css";
import { TransferButton } from "./TransferButton";

export function TaskDetails({ task, onClose }: { task: Task; onClose: () => void }) {
  const change = useChangeTask();
  const { mayWrite, remove } = useTaskActions();
  const title = useTextField(task, "title");
  const description = useTextField(task, "description");
  return (
    <Stack>
      {/* read-only, not disabled: so that a long text can be scrolled with the keyboard */}
      <Textarea
        label="Title"
        autosize
        maxLength={200}
        {...title}
        readOnly={!mayWrite || title.readOnly}
      />
      <fieldset className={classes.fields} disabled={!mayWrite}>
        <NativeSelect
          label="Status"
          data={optionsOf(STATUS_LABELS)}
          value={task.status}
          onChange={({ currentTarget }) =>
            change(task, { status: currentTarget.value as TaskStatus })
          }
        />
        <NativeSelect
          label="Priority"
          data={optionsOf(PRIORITY_LABELS)}
          value={task.priority}
          onChange={({ currentTarget }) =>
            change(task, { priority: currentTarget.value as Priority })
          }
        />
        <AssigneeField task={task} />
        <DueField task={task} />
        <TagsField label="Tags" value={task.tags} onChange={(tags) => change(task, { tags })} />
      </fieldset>
      <Textarea
        label="Description"
        autosize
        minRows={5}
        maxLength={10_000}
        {...description}
        readOnly={!mayWrite || description.readOnly}
      />
      <Text size="xs" c="dimmed">
        Added {formatDayAndTime(task.created_at)}. Last changed {formatDayAndTime(task.updated_at)}.
        {task.completed_at && ` Done ${formatDayAndTime(task.completed_at)}.`}
      </Text>
      <TransferButton task={task} onTransferred={onClose} />
      {mayWrite && (
        <Button
          variant="light"
          color="red"
          leftSection={<Trash2Icon size={16} />}
          onClick={() => {
            onClose();
            remove([task]);
          }}
        >
          Delete
        </Button>
      )}
    </Stack>
  );
}

function DueField({ task }: { task: Task }) {
  const change = useChangeTask();
  const now = useNow();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const due = dueOf(task);
  const text = due ? dueText(due, now) : "No date";
  return (
    <div>
      <Input.Label component="div">Due</Input.Label>
      <Button
        fullWidth
        variant="default"
        justify="flex-start"
        leftSection={<CalendarIcon size={16} />}
        aria-haspopup="dialog"
        aria-label={`Due: ${text}`}
        {...(isOverdue(task, now) && { c: "var(--mantine-color-error)" })}
        fw={400}
        onClick={({ currentTarget }) => setAnchor(currentTarget)}
      >
        {text}
      </Button>
      {anchor && (
        <AnchoredPopover
          anchor={anchor}
          label="Due date"
          width={300}
          onClose={() => setAnchor(null)}
        >
          <DuePicker
            value={due}
            onChoose={(chosen) => {
              change(task, dueFields(chosen));
              setAnchor(null);
              anchor.focus();
            }}
          />
        </AnchoredPopover>
      )}
    </div>
  );
}
