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

/** A field in a row. A user who may write edits it in a popover; others see it if it is set. */
export function Fact({ task, field, label, value, isLate = false, children }: Props) {
  const { mayWrite, editField } = useTaskActions();
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
      onClick={(event) => editField(task, field, event.currentTarget)}
    >
      {children}
    </button>
  );
}
