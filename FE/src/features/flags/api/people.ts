import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";

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

/** The users with these ids that could be loaded: only the first of many. */
export function usePeople(ids: string[]): Person[] {
  const named = ids.slice(0, NAMED);
  const { data } = useQuery({
    queryKey: ["flags", "people", "named", named],
    queryFn: ({ signal }) => Promise.all(named.map((id) => readPerson(id, signal))),
    // loaded names stay while the next one is fetched
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  return data?.flatMap((person) => person ?? []) ?? [];
}

function readPerson(user_id: string, signal: AbortSignal): Promise<Person | null> {
  const params = { path: { user_id } };
  return unwrap(api.GET("/api/v1/users/{user_id}", { params, signal })).catch(() => null);
}
