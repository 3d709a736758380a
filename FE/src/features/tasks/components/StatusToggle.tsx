import { CircleCheckIcon, CircleIcon, ContrastIcon } from "lucide-react";

import type { Task, TaskStatus } from "../api/tasks";
import { STATUS_LABELS } from "../words";
import { toggled, useTaskActions } from "./TaskActions";
import classes from "./TaskRow.module.css";

const ICONS = { todo: CircleIcon, in_progress: ContrastIcon, done: CircleCheckIcon };
const CHECKED = { todo: false, in_progress: "mixed", done: true } as const;

/** Toggles done with one click. */
export function StatusToggle({ task, disabled }: { task: Task; disabled: boolean }) {
  const { change } = useTaskActions();
  return (
    <button
      type="button"
      className={classes.status}
      data-status={task.status}
      data-field="status"
      role="checkbox"
      aria-checked={CHECKED[task.status]}
      aria-label={`Done: ${task.title}`}
      title={STATUS_LABELS[task.status]}
      disabled={disabled}
      onClick={() => change(task, toggled(task))}
    >
      <StatusIcon status={task.status} />
    </button>
  );
}

export function StatusIcon({ status, size = 20 }: { status: TaskStatus; size?: number }) {
  const Icon = ICONS[status];
  const isFilled = status === "done" && {
    fill: "currentColor",
    stroke: "var(--mantine-color-body)",
  };
  return <Icon size={size} strokeWidth={1.8} {...isFilled} />;
}
