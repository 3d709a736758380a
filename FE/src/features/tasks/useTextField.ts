import { useDebouncedCallback } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { type ChangeEvent, useRef, useState } from "react";

import { useChangeTask } from "./api/changeTask";
import { addConflict, TaskConflict } from "./api/conflicts";
import type { Task } from "./api/tasks";
import { latestVersion } from "./api/versions";
import { changesTo, isFulfilled, isSame } from "./changes";
import { useNewVersions } from "./useNewVersions";

const PAUSE = 1000;

interface Draft {
  /** The task as it was when the user began to type, with what was saved since. */
  task: Task;
  text: string;
  isSaved: boolean;
  /** A dialog is about to ask the user whose text to keep. */
  isDisputed?: boolean;
}

/**
 * A text of a task that is saved after a pause, on blur, and on unmount. The typed text stays as it
 * is until the field loses the focus, or another user changes the same text.
 */
export function useTextField(task: Task, field: "title" | "description") {
  const change = useChangeTask();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Draft | null>(null);
  const hasFocus = useRef(false);
  const save = useDebouncedCallback(
    (typed: Draft) => {
      const changes = changesTo(field, typed.text);
      change(typed.task, changes);
      const saved = { ...typed, task: { ...typed.task, ...changes }, isSaved: true };
      setDraft((now) => (now === typed ? (hasFocus.current ? saved : null) : now));
    },
    { delay: PAUSE, flushOnUnmount: true },
  );
  useNewVersions(task.id, (newer) => {
    if (draft === null || newer.version <= latestVersion(draft.task)) return;
    const changes = changesTo(field, draft.text);
    if (isSame(field, draft.task[field], newer[field]) || isFulfilled(newer, changes)) {
      const rebased = { ...draft, task: newer };
      setDraft(rebased);
      if (!draft.isSaved) save(rebased);
      return;
    }
    save.cancel();
    setDraft(draft.isSaved ? null : { ...draft, task: newer, isSaved: true, isDisputed: true });
    if (!draft.isSaved) addConflict(queryClient, new TaskConflict(draft.task, changes, newer));
  });
  return {
    value: draft?.text ?? task[field] ?? "",
    // until the conflict dialog has the focus
    readOnly: draft?.isDisputed ?? false,
    onChange: ({ currentTarget }: ChangeEvent<HTMLTextAreaElement>) => {
      const next = { task: draft?.task ?? task, text: currentTarget.value, isSaved: false };
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
