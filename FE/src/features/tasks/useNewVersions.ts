import { hashKey, type Query, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";

import { type TaskPages, tasksOf } from "./api/pages";
import { type Task, taskKeys } from "./api/tasks";

/** Call back once for each newer version of a task that its details or a list show. */
export function useNewVersions(id: string, onShown: (task: Task) => void): void {
  const queryClient = useQueryClient();
  const notify = useEffectEvent(onShown);
  useEffect(() => {
    let latest = 0;
    return queryClient.getQueryCache().subscribe(({ type, query }) => {
      const task = type === "updated" ? taskIn(query as Query, id) : undefined;
      if (task === undefined || task.version <= latest) return;
      latest = task.version;
      notify(task);
    });
  }, [queryClient, id]);
}

function taskIn({ queryKey, state }: Query, id: string): Task | undefined {
  if (isSameKey(queryKey, taskKeys.task(id))) return state.data as Task | undefined;
  if (!isSameKey(queryKey.slice(0, taskKeys.lists.length), taskKeys.lists)) return undefined;
  const list = state.data as TaskPages | undefined;
  return list && tasksOf(list).find((task) => task.id === id);
}

function isSameKey(one: QueryKey, other: QueryKey): boolean {
  return hashKey(one) === hashKey(other);
}
