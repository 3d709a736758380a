import { useQuery, useQueryClient } from "@tanstack/react-query";

import { taskQuery } from "../api/task";
import type { TaskChanges } from "../api/tasks";
import { dueFields, dueOf } from "../due";
import { FIELD_LABELS, PRIORITY_LABELS, STATUS_LABELS } from "../words";
import { AnchoredPopover } from "./AnchoredPopover";
import { AssigneeList } from "./AssigneeList";
import { DuePicker } from "./DuePicker";
import { OptionList } from "./OptionList";
import { PriorityIcon } from "./PriorityIcon";
import { StatusIcon } from "./StatusToggle";
import { type PopoverField, useTaskActions } from "./TaskActions";
import { TagPicker } from "./TagPicker";

export interface PopoverTarget {
  taskId: string;
  field: PopoverField;
  anchor: HTMLElement;
}

interface Props extends PopoverTarget {
  onClose: () => void;
}

/** Edits one field of a row, beside it. */
export default function RowPopover({ taskId, field, anchor, onClose }: Props) {
  const { change } = useTaskActions();
  const queryClient = useQueryClient();
  // the list's copy is enough
  const { data: task } = useQuery({ ...taskQuery(queryClient, taskId), enabled: false });
  if (task === undefined) return null;

  const close = () => {
    onClose();
    anchor.focus({ preventScroll: true });
  };
  const save = (changes: TaskChanges) => {
    change(task, changes);
    close();
  };
  return (
    <AnchoredPopover
      anchor={anchor}
      label={FIELD_LABELS[field]}
      width={field === "due" ? 300 : 240}
      onClose={onClose}
    >
      {field === "status" && (
        <OptionList
          labels={STATUS_LABELS}
          value={task.status}
          icon={(status) => <StatusIcon status={status} size={18} />}
          onChoose={(status) => save({ status })}
        />
      )}
      {field === "priority" && (
        <OptionList
          labels={PRIORITY_LABELS}
          value={task.priority}
          icon={(priority) => <PriorityIcon priority={priority} />}
          onChoose={(priority) => save({ priority })}
        />
      )}
      {field === "due" && (
        <DuePicker value={dueOf(task)} onChoose={(due) => save(dueFields(due))} />
      )}
      {field === "assignee" && (
        <AssigneeList value={task.assignee_id} onChoose={(assignee_id) => save({ assignee_id })} />
      )}
      {field === "tags" && <TagPicker task={task} onClose={close} />}
    </AnchoredPopover>
  );
}
