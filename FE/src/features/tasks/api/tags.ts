import { queryOptions } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";

import { apiOf } from "./collections";
import { taskKeys } from "./tasks";

/** The names of the tags in use, the most frequent first. */
export const tagsQuery = queryOptions({
  queryKey: taskKeys.tags,
  queryFn: ({ client, signal }) => unwrap(apiOf(client).GET("/api/v1/tasks/tags", { signal })),
  select: ({ items }) => items.map(({ tag }) => tag),
});
