import { TextInput } from "@mantine/core";
import { type KeyboardEvent, useEffect, useEffectEvent, useRef } from "react";

import type { Task } from "../api/tasks";
import { useEditedField } from "../useEditedField";
import { useTaskActions } from "./TaskActions";
import { focusRow } from "./rows";
import classes from "./TaskRow.module.css";

/** The title while it is edited: Enter and blur save it, Escape does not. */
export function TitleInput({ task }: { task: Task }) {
  const { change, rename } = useTaskActions();
  const { seen, changes, value, setValue, isDisputed } = useEditedField(task, "title");
  const input = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);

  const finish = (isKept: boolean) => {
    if (isOver.current) return;
    isOver.current = true;
    rename(null);
    if (isKept && !isDisputed) change(seen, changes);
  };
  const press = (event: KeyboardEvent) => {
    const isEnd = event.key === "Enter" || event.key === "Escape";
    if (!isEnd || event.nativeEvent.isComposing) return;
    event.preventDefault();
    finish(event.key === "Enter");
    requestAnimationFrame(() => focusRow(task.id));
  };
  // the row itself disappears: another user deleted it, or it no longer matches the filters
  const leave = useEffectEvent(() => finish(true));
  useEffect(() => {
    const element = input.current;
    return () => {
      if (!element?.isConnected) leave();
    };
  }, []);
  return (
    <TextInput
      ref={input}
      className={classes.titleInput}
      size="xs"
      autoFocus
      aria-label="Title"
      value={value}
      // until the conflict dialog has the focus
      readOnly={isDisputed}
      maxLength={200}
      onChange={(event) => setValue(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={press}
      onBlur={() => finish(true)}
    />
  );
}
