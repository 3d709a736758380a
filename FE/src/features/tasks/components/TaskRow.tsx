import { Loader, Text } from "@mantine/core";
import { memo } from "react";

import { isNew } from "../api/createTask";
import type { Task } from "../api/tasks";
import { useIsMarked } from "../marks";
import { SelectBox } from "./SelectBox";
import { StatusToggle } from "./StatusToggle";
import { useTaskActions } from "./TaskActions";
import { TaskFacts } from "./TaskFacts";
import classes from "./TaskRow.module.css";
import { TaskTitle } from "./TaskTitle";
import { TitleInput } from "./TitleInput";

interface Props {
  task: Task;
  isRenamed: boolean;
  isSelected: boolean;
  onSelect: (id: string, toAnchor: boolean) => void;
  /** Why the task failed in a bulk operation. */
  failure: string | null;
  now: Date;
}

export const TaskRow = memo(function TaskRow(props: Props) {
  const { task, isRenamed, isSelected, onSelect, failure, now } = props;
  const isSaving = isNew(task);
  const { mayWrite } = useTaskActions();
  return (
    <div
      className={classes.row}
      data-task={task.id}
      data-selected={isSelected || undefined}
      data-changed={useIsMarked(task.id) || undefined}
      aria-busy={isSaving || undefined}
    >
      {mayWrite && (
        <SelectBox task={task} checked={isSelected} disabled={isSaving} onSelect={onSelect} />
      )}
      <StatusToggle task={task} disabled={isSaving || !mayWrite} />
      {isRenamed ? <TitleInput task={task} /> : <TaskTitle task={task} disabled={isSaving} />}
      {isSaving ? (
        <Loader size={16} role="img" aria-label="Saving" />
      ) : (
        <TaskFacts task={task} now={now} />
      )}
      {failure !== null && (
        <Text size="xs" c="var(--mantine-color-error)" className={classes.failure} role="alert">
          {failure}
        </Text>
      )}
    </div>
  );
});
