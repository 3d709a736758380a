import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components, operations } from "@/lib/api/schema";

export type Task = components["schemas"]["TaskResponse"];
export type TaskFilters = Omit<
  NonNullable<operations["list_tasks"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

const PAGE = 50;

/** Every key of this feature's queries begins so. */
export const taskKeys = {
  all: ["tasks"] as const,
  list: (filters: TaskFilters) => [...taskKeys.all, "list", filters] as const,
};

export function tasksQuery(filters: TaskFilters) {
  return infiniteQueryOptions({
    queryKey: taskKeys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/tasks", {
          params: { query: { ...filters, limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
