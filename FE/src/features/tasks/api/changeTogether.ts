import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import type { ChangesOf } from "../bulk";
import { isFulfilled } from "../changes";
import { findTask, markOutdated, updateLists } from "./cache";
import { changeTasks } from "./changeTasks";
import { reportFailure } from "./operationFailed";
import { changesSettled } from "./settled";
import { type Task, taskKeys } from "./tasks";
import { refetchMembersAfter } from "./unknownMember";
import { latestVersion, recordVersion } from "./versions";

export interface ChangeTogether {
  tasks: Task[];

  changesOf: ChangesOf;
  idempotencyKey: string;
}

/** Change several tasks, or none. */
export function useChangeTogether() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ tasks, changesOf, idempotencyKey }: ChangeTogether) => {
      await changesSettled(queryClient, new Set(tasks.map(({ id }) => id)));
      const operations = tasks
        .map((task) => findTask(queryClient, task.id) ?? task)
        .filter((task) => !isFulfilled(task, changesOf(task)))
        .map((task) => ({
          op: "update" as const,
          id: task.id,
          if_match: latestVersion(task),
          changes: changesOf(task),
        }));
      const results = await changeTasks(queryClient, operations, idempotencyKey);
      return results.filter((task) => task !== null);
    },
    onSuccess: async (changed) => {
      showAll(queryClient, changed);
      await markOutdated(queryClient);
    },
    onError: async (error, { tasks }) => {
      reportFailure(error, tasks, "changed");
      refetchMembersAfter(error, queryClient);
      // shows what others have changed meanwhile
      await queryClient.invalidateQueries({ queryKey: taskKeys.lists });
    },
    meta: { handlesErrors: true },
  });
}

function showAll(queryClient: QueryClient, changed: Task[]): void {
  const byId = new Map(changed.map((task) => [task.id, task]));
  const latest = (task: Task) => byId.get(task.id) ?? task;
  for (const task of changed) {
    recordVersion(task.id, task.version - 1, task.version);
    queryClient.setQueryData<Task>(taskKeys.task(task.id), (shown) => shown && task);
  }
  updateLists(queryClient, (list) => ({
    ...list,
    pages: list.pages.map((page) => ({ ...page, items: page.items.map(latest) })),
  }));
}
