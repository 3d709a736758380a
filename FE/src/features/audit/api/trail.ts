import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components, operations } from "@/lib/api/schema";

export type Entry = components["schemas"]["EntryResponse"];
export type TrailFilters = Omit<
  NonNullable<operations["list_audit_entries"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

const PAGE = 50;

/** The entries that match, newest first, page by page. */
export function trailQuery(filters: TrailFilters) {
  return infiniteQueryOptions({
    queryKey: ["audit", "trail", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/audit", {
          params: {
            query: { ...filters, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** The length of the chain of entries, and whether it is whole: verified with each request. */
export function trailStateQuery() {
  return queryOptions({
    queryKey: ["audit", "state"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/audit/state", { signal })),
  });
}
