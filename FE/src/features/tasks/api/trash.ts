import { infiniteQueryOptions } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";

import { apiOf } from "./collections";
import { taskKeys } from "./tasks";

const PAGE = 50;

/** The deleted tasks, the last deleted first. */
export const trashQuery = infiniteQueryOptions({
  queryKey: taskKeys.trash,
  queryFn: ({ client, pageParam, signal }) =>
    unwrap(
      apiOf(client).GET("/api/v1/tasks/trash", {
        params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});
