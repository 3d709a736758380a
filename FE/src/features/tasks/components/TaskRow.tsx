import { Loader } from "@mantine/core";
import { memo } from "react";

import { isNew } from "../api/createTask";
import type { Task } from "../api/tasks";
import { StatusToggle } from "./StatusToggle";
import { TaskFacts } from "./TaskFacts";
import classes from "./TaskRow.module.css";
import { TaskTitle, TitleInput } from "./TaskTitle";

interface Props {
  task: Task;
  isRenamed: boolean;
  now: Date;
}

export const TaskRow = memo(function TaskRow({ task, isRenamed, now }: Props) {
  const isOnItsWay = isNew(task);
  return (
    <div className={classes.row} data-task={task.id} aria-busy={isOnItsWay || undefined}>
      <StatusToggle task={task} disabled={isOnItsWay} />
      {isRenamed ? <TitleInput task={task} /> : <TaskTitle task={task} disabled={isOnItsWay} />}
      {isOnItsWay ? <Loader size={16} aria-label="Saving" /> : <TaskFacts task={task} now={now} />}
    </div>
  );
});
