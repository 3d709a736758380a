import { type MutationFunctionContext, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import { unwrap } from "@/lib/api/client";
import { ConnectionError } from "@/lib/api/errors";

import { apiOf } from "./collections";
import { markOutdated, showSaved } from "./cache";
import type { Move } from "./mutations";
import { type TaskPages, tasksOf, withTaskAfter } from "./pages";
import { type Task, type TaskFilters, taskKeys } from "./tasks";
import { latestVersion, recordVersion } from "./versions";

const ATTEMPTS = 5;

/** Move a task in the manual order; shown at once, and reverted on an error. */
export function useMoveTask(filters: TaskFilters): (task: Task, after: string | null) => void {
  const queryClient = useQueryClient();
  return useCallback(
    (task, after) => {
      const list = taskKeys.list(filters);
      const { id } = task;
      const reorder = (place: string | null) =>
        queryClient.setQueryData<TaskPages>(
          list,
          (pages) => pages && withTaskAfter(pages, id, place),
        );
      queryClient
        .getMutationCache()
        .build(queryClient, {
          mutationKey: taskKeys.move(id),
          scope: { id },
          mutationFn: save,
          // the same move twice is one move
          retry: (count, error) => error instanceof ConnectionError && count < ATTEMPTS,
          onMutate: () => {
            const before = neighbourOf(queryClient.getQueryData<TaskPages>(list), id);
            reorder(after);
            return before;
          },
          onSuccess: async (saved: Task, variables: Move) => {
            showSaved(queryClient, saved, variables);
            await markOutdated(queryClient);
          },
          onError: (_error, _variables, before) => {
            if (before !== undefined) reorder(before);
          },
        })
        .execute({ task, after, filters })
        .catch(() => undefined); // reported by the mutation cache
    },
    [queryClient, filters],
  );
}

async function save({ task, after }: Move, { client }: MutationFunctionContext): Promise<Task> {
  const version = latestVersion(task);
  const saved = await unwrap(
    apiOf(client).POST("/api/v1/tasks/{task_id}/move", {
      params: { path: { task_id: task.id } },
      body: { after },
    }),
  );
  if (saved.version === version + 1) recordVersion(task.id, version, saved.version);
  return saved;
}

/** The id of the task before another one; `null` for the first. */
function neighbourOf(list: TaskPages | undefined, id: string): string | null {
  const tasks = list ? tasksOf(list) : [];
  return tasks[tasks.findIndex((task) => task.id === id) - 1]?.id ?? null;
}
