import {
  type MutationFunctionContext,
  type QueryClient,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback } from "react";

import { ifMatch, unwrap } from "@/lib/api/client";
import { hasCode, reasonOf } from "@/lib/api/errors";

import { isFulfilled, reverted } from "../changes";
import { reportUnsaved } from "../reportUnsaved";
import { apiOf } from "./collections";
import { findTask, markOutdated, showSaved, showTask } from "./cache";
import { addConflict, TaskConflict } from "./conflicts";
import { refetchMembersAfter } from "./unknownMember";
import type { Change } from "./mutations";
import { readTask } from "./task";
import { type Task, type TaskChanges, taskKeys } from "./tasks";
import { latestVersion, recordVersion } from "./versions";

/** Change a task that the user sees; shown at once, and reverted on an error. */
export function useChangeTask(): (task: Task, changes: TaskChanges) => void {
  const queryClient = useQueryClient();
  return useCallback((task, changes) => changeTask(queryClient, { task, changes }), [queryClient]);
}

function changeTask(queryClient: QueryClient, change: Change): void {
  if (isFulfilled(change.task, change.changes)) return;
  const { id } = change.task;
  queryClient
    .getMutationCache()
    .build(queryClient, {
      mutationKey: taskKeys.change(id),
      // one after the other: each is based on the version that the previous one made
      scope: { id },
      mutationFn: save,
      onMutate: ({ changes }: Change) => {
        const shown = findTask(queryClient, id);
        if (shown) showTask(queryClient, { ...shown, ...changes });
      },
      onSuccess: async (saved: Task, variables: Change) => {
        showSaved(queryClient, saved, variables);
        await markOutdated(queryClient);
      },
      onError: (error: Error, variables: Change) => {
        if (error instanceof TaskConflict) {
          showSaved(queryClient, error.current, variables);
          addConflict(queryClient, error);
          return;
        }
        refetchMembersAfter(error, queryClient);
        const shown = findTask(queryClient, id);
        if (shown) showTask(queryClient, reverted(shown, variables));
        reportUnsaved({
          title: `“${variables.task.title}” was not changed`,
          reason: reasonOf(error),
          typed: variables.changes.title ?? variables.changes.description,
          onRetry: () => changeTask(queryClient, variables),
        });
      },
      meta: { handlesErrors: true },
    })
    .execute(change)
    .catch(() => undefined); // onError reports it
}

/** A retried request whose first response was lost is no conflict: the change is there. */
async function save({ task, changes }: Change, { client }: MutationFunctionContext): Promise<Task> {
  const version = latestVersion(task);
  try {
    const saved = await unwrap(
      apiOf(client).PATCH("/api/v1/tasks/{task_id}", {
        params: { path: { task_id: task.id }, header: ifMatch(version) },
        body: changes,
      }),
    );
    recordVersion(task.id, version, saved.version);
    return saved;
  } catch (error) {
    if (!hasCode<"change_task">(error, "PRECONDITION_FAILED")) throw error;
    const current = await readTask(client, task.id);
    if (!isFulfilled(current, changes)) throw new TaskConflict(task, changes, current);
    if (current.version === version + 1) recordVersion(task.id, version, current.version);
    return current;
  }
}
