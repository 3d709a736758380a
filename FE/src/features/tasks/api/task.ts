import { type QueryClient, queryOptions } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";

import { apiOf } from "./collections";
import { findTask } from "./cache";
import { type Task, taskKeys } from "./tasks";

/** One task; a list's copy of it is shown while it loads. */
export function taskQuery(queryClient: QueryClient, id: string) {
  return queryOptions<Task>({
    queryKey: taskKeys.task(id),
    queryFn: ({ signal }) => readTask(queryClient, id, signal),
    placeholderData: () => findTask(queryClient, id),
  });
}

export function readTask(client: QueryClient, id: string, signal?: AbortSignal) {
  return unwrap(
    apiOf(client).GET("/api/v1/tasks/{task_id}", {
      params: { path: { task_id: id } },
      ...(signal && { signal }),
    }),
  );
}
