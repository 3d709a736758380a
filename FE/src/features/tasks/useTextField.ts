import { useDebouncedCallback } from "@mantine/hooks";
import { type ChangeEvent, useState } from "react";

import { useChangeTask } from "./api/changeTask";
import type { Task } from "./api/tasks";

const PAUSE = 1000;

interface Draft {
  /** What somebody saw who began to type. */
  task: Task;
  text: string;
}

/** A text of a task that is saved after a pause, when it is left, and when it goes away. */
export function useTextField(task: Task, field: "title" | "description") {
  const change = useChangeTask();
  const [draft, setDraft] = useState<Draft | null>(null);
  const save = useDebouncedCallback(
    (saved: Draft) => {
      setDraft((now) => (now === saved ? null : now));
      const text = saved.text.trim();
      if (field === "description") change(saved.task, { description: text || null });
      else if (text) change(saved.task, { title: text.replaceAll(/\s+/g, " ") });
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
    onBlur: save.flush,
  };
}
