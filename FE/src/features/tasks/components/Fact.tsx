import type { ReactNode } from "react";

import type { Task } from "../api/tasks";
import { type PopoverField, useTaskActions } from "./TaskActions";
import classes from "./TaskRow.module.css";

interface Props {
  task: Task;
  field: PopoverField;
  label: string;
  value: string | null;
  isLate?: boolean;
  children: ReactNode;
}

/** What a row shows of a field. Who may write changes it in a popover; others see what is set. */
export function Fact({ task, field, label, value, isLate = false, children }: Props) {
  const { mayWrite, ask } = useTaskActions();
  const text = `${label}: ${value || "none"}${isLate ? ", overdue" : ""}`;
  if (!mayWrite)
    return (
      value && (
        <span
          className={classes.fact}
          data-fixed
          data-late={isLate || undefined}
          role="img"
          aria-label={text}
          title={text}
        >
          {children}
        </span>
      )
    );
  return (
    <button
      type="button"
      className={classes.fact}
      data-field={field}
      data-empty={!value || undefined}
      data-late={isLate || undefined}
      aria-label={text}
      aria-haspopup="dialog"
      title={text}
      onClick={(event) => ask(task, field, event.currentTarget)}
    >
      {children}
    </button>
  );
}
