import { TextInput } from "@mantine/core";
import { PencilIcon } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";

import type { Task } from "../api/tasks";
import { useTaskActions } from "./TaskActions";
import { focusRow, rowId } from "./rows";
import classes from "./TaskRow.module.css";

/** Opens the details; the pencil beside it edits it in its place. */
export function TaskTitle({ task, disabled }: { task: Task; disabled: boolean }) {
  const { open, rename } = useTaskActions();
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
      {!disabled && (
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

/** The title while it is edited: Enter and leaving save it, Escape does not. */
export function TitleInput({ task }: { task: Task }) {
  const { change, rename } = useTaskActions();
  // what somebody saw who began to type
  const [edited] = useState(task);
  const isOver = useRef(false);

  const finish = (title: string | null) => {
    if (isOver.current) return;
    isOver.current = true;
    rename(null);
    if (title) change(edited, { title });
  };
  const press = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    finish(event.key === "Enter" ? event.currentTarget.value.trim() : null);
    requestAnimationFrame(() => focusRow(task.id));
  };
  return (
    <TextInput
      className={classes.titleInput}
      size="xs"
      autoFocus
      aria-label="Title"
      defaultValue={edited.title}
      maxLength={200}
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={press}
      onBlur={(event) => finish(event.currentTarget.value.trim())}
    />
  );
}
