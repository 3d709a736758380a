import { useDebouncedCallback } from "@mantine/hooks";
import { type ChangeEvent, useRef, useState } from "react";

import { useChangeTask } from "./api/changeTask";
import type { Task, TaskChanges } from "./api/tasks";

const PAUSE = 1000;

interface Draft {
  /** What somebody saw who began to type, with what was saved since. */
  task: Task;
  text: string;
}

/**
 * A text of a task that is saved after a pause, when it is left, and when it goes away. What is
 * typed stays as it is until the field is left.
 */
export function useTextField(task: Task, field: "title" | "description") {
  const change = useChangeTask();
  const [draft, setDraft] = useState<Draft | null>(null);
  const hasFocus = useRef(false);
  const save = useDebouncedCallback(
    (typed: Draft) => {
      const changes = changesTo(field, typed.text);
      change(typed.task, changes);
      const saved = hasFocus.current ? { ...typed, task: { ...typed.task, ...changes } } : null;
      setDraft((now) => (now === typed ? saved : now));
    },
    { delay: PAUSE, flushOnUnmount: true },
  );
  return {
    value: draft?.text ?? task[field] ?? "",
    onChange: ({ currentTarget }: ChangeEvent<HTMLTextAreaElement>) => {
      const next = { task: draft?.task ?? task, text: currentTarget.value };
      setDraft(next);
      save(next);
    },
    onFocus: () => {
      hasFocus.current = true;
    },
    onBlur: () => {
      hasFocus.current = false;
      save.flush();
      setDraft(null);
    },
  };
}

/** Nothing for an empty title: a task keeps the one it has. */
function changesTo(field: "title" | "description", text: string): TaskChanges {
  if (field === "description") return { description: text.trim() === "" ? null : text };
  const title = text.trim().replaceAll(/\s+/g, " ");
  return title === "" ? {} : { title };
}
