import { PencilIcon } from "lucide-react";

import type { Task } from "../api/tasks";
import { useTaskActions } from "./TaskActions";
import { rowId } from "./rows";
import classes from "./TaskRow.module.css";

/** Opens the details; the pencil beside it edits the title in place. */
export function TaskTitle({ task, disabled }: { task: Task; disabled: boolean }) {
  const { mayWrite, open, rename } = useTaskActions();
  return (
    <div className={classes.titleBox}>
      <button
        type="button"
        id={rowId(task.id)}
        className={classes.title}
        data-done={task.status === "done" || undefined}
        disabled={disabled}
        onClick={() => open(task)}
      >
        {task.title}
      </button>
      {mayWrite && !disabled && (
        <button
          type="button"
          className={classes.fact}
          data-empty
          aria-label={`Edit the title: ${task.title}`}
          title="Edit the title"
          onClick={() => rename(task)}
        >
          <PencilIcon size={16} />
        </button>
      )}
    </div>
  );
}
