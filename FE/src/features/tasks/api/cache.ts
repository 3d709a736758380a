import type { QueryClient } from "@tanstack/react-query";

import { withPendingChanges } from "./mutations";
import { type TaskPages, tasksOf, withTask } from "./pages";
import { type Task, taskKeys } from "./tasks";

/** A task from the cache, as the details or some list show it. */
export function findTask(queryClient: QueryClient, id: string): Task | undefined {
  const task = queryClient.getQueryData<Task>(taskKeys.task(id));
  return task ?? findInLists(queryClient, id);
}

export function findInLists(queryClient: QueryClient, id: string): Task | undefined {
  for (const [, list] of queryClient.getQueriesData<TaskPages>({ queryKey: taskKeys.lists })) {
    const found = list && tasksOf(list).find((item) => item.id === id);
    if (found) return found;
  }
  return undefined;
}

/** Update a task wherever it is shown. */
export function showTask(queryClient: QueryClient, task: Task): void {
  updateLists(queryClient, (list) => withTask(list, task));
  queryClient.setQueryData<Task>(taskKeys.task(task.id), (shown) => shown && task);
}

/** Show a saved task with the changes still pending; `variables` are those of its mutation. */
export function showSaved(queryClient: QueryClient, saved: Task, variables: unknown): void {
  showTask(queryClient, withPendingChanges(queryClient, saved, variables));
}

export function updateLists(
  queryClient: QueryClient,
  update: (list: TaskPages) => TaskPages,
): void {
  queryClient.setQueriesData<TaskPages>(
    { queryKey: taskKeys.lists },
    (list) => list && update(list),
  );
}

/** Mark all else that shows tasks (other lists, tags, figures) to be refetched when next used. */
export async function markOutdated(queryClient: QueryClient): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: taskKeys.all, refetchType: "none" });
}
