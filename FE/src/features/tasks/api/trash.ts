import { infiniteQueryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";

import { taskKeys } from "./tasks";

const PAGE = 50;

/** The deleted tasks, the last deleted first. */
export const trashQuery = infiniteQueryOptions({
  queryKey: taskKeys.trash,
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/tasks/trash", {
        params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});
