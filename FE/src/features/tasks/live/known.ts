import type { QueryClient } from "@tanstack/react-query";

import { findInLists, findTask } from "../api/cache";
import type { Deletion } from "../api/mutations";
import { type Task, taskKeys } from "../api/tasks";
import { latestVersion } from "../api/versions";

/** Whether this page shows a version of a task, or a later one, or created it. */
export function isKnown(queryClient: QueryClient, id: string, version: number): boolean {
  const shown = findTask(queryClient, id);
  if (shown && latestVersion(shown) >= version) return true;
  return mutationsOf(queryClient).some(({ state }) =>
    tasksIn(state.data).some((task) => task.id === id && task.version >= version),
  );
}

/** Whether a task was deleted here and not restored since: it is in no list. */
export function wasDeletedHere(queryClient: QueryClient, id: string): boolean {
  if (findInLists(queryClient, id) !== undefined) return false;
  return queryClient
    .getMutationCache()
    .findAll({ mutationKey: taskKeys.delete, status: "success" })
    .some(({ state }) => (state.variables as Deletion).tasks.some((task) => task.id === id));
}

function mutationsOf(queryClient: QueryClient) {
  return queryClient.getMutationCache().findAll({ status: "success" });
}

/** The tasks that a mutation returned, if any. */
function tasksIn(data: unknown): Task[] {
  return [data].flat().filter((one): one is Task => isTask(one));
}

function isTask(one: unknown): boolean {
  return typeof one === "object" && one !== null && "id" in one && "version" in one;
}
