import { keepPreviousData, queryOptions, useQueries } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

type Person = Pick<components["schemas"]["UserResponse"], "id" | "full_name" | "email">;

const NAMED = 50;

export function peopleQuery(search: string) {
  return queryOptions({
    queryKey: ["flags", "people", "found", search],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/users", {
          params: { query: { limit: 20, ...(search && { search }) } },
          signal,
        }),
      ),
    select: ({ items }) => items as Person[],
    placeholderData: keepPreviousData,
  });
}

/** Those with these ids, as far as they are known: of many, only the first have names. */
export function usePeople(ids: string[]): Person[] {
  return useQueries({
    queries: ids.slice(0, NAMED).map((user_id) => ({
      queryKey: ["flags", "people", "one", user_id],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        unwrap(api.GET("/api/v1/users/{user_id}", { params: { path: { user_id } }, signal })),
      staleTime: 60_000,
    })),
    combine: (queries) => queries.flatMap(({ data }) => (data ? [data as Person] : [])),
  });
}
