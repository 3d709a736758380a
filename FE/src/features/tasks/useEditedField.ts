import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { addConflict, TaskConflict } from "./api/conflicts";
import type { Task } from "./api/tasks";
import { latestVersion } from "./api/versions";
import { changesTo, isFulfilled, isNoChange, isSame } from "./changes";
import { useNewVersions } from "./useNewVersions";

/**
 * A field of a row that the user edits and then saves as a whole. Others' changes are applied at
 * once; if they change the same field, a dialog asks the user whose value to keep.
 */
export function useEditedField<Name extends "title" | "tags">(task: Task, field: Name) {
  const queryClient = useQueryClient();
  const [edit, setEdit] = useState({ seen: task, value: task[field], isDisputed: false });
  const { seen, value, isDisputed } = edit;
  const changes = changesTo(field, value);

  useNewVersions(task.id, (newer) => {
    if (isDisputed || newer.version <= latestVersion(seen)) return;
    if (isSame(field, value, seen[field])) {
      setEdit({ ...edit, seen: newer, value: newer[field] });
    } else if (isSame(field, seen[field], newer[field])) {
      setEdit({ ...edit, seen: newer });
    } else if (isNoChange(changes)) {
      // there is nothing to choose yet: a later save meets the newer version
    } else if (isFulfilled(newer, changes)) {
      setEdit({ ...edit, seen: newer });
    } else {
      setEdit({ ...edit, isDisputed: true });
      addConflict(queryClient, new TaskConflict(seen, changes, newer));
    }
  });

  return {
    /** The version that the changes apply to. */
    seen,
    changes,
    value,
    setValue: (next: Task[Name]) => setEdit({ ...edit, value: next }),
    isDisputed,
  };
}
