import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";

import { taskKeys } from "./tasks";

/** The names of the tags in use, the most frequent first. */
export const tagsQuery = queryOptions({
  queryKey: taskKeys.tags,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tasks/tags", { signal })),
  select: ({ items }) => items.map(({ tag }) => tag),
});
