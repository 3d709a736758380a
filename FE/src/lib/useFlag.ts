import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "./api/client";
import type { components } from "./api/schema";

/** The flags that the code of the server declares, each with the type of its value. */
export type Flags = components["schemas"]["FlagValues"];

/** The query keys of flags. */
export const flagKeys = {
  all: ["flags"] as const,
  values: ["flags", "values"] as const,
  settings: ["flags", "settings"] as const,
};

let newest = 0;
let shared: QueryClient | undefined;

/** Keep the values in this client, whichever client surrounds a caller of `useFlag`. */
export function keepFlagsIn(queryClient: QueryClient): void {
  shared = queryClient;
}

/** From now on request values at least as new as this revision. */
export function noteRevision(revision: number): void {
  newest = Math.max(newest, revision);
}

/** The values for the signed-in user: fetched before they are needed, and never dropped. */
export const flagsQuery = queryOptions({
  queryKey: flagKeys.values,
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/flags", { params: { query: { since: newest } }, signal })),
  gcTime: Infinity,
});

/**
 * The value of a flag; `undefined` while it loads, so that nothing is drawn that then changes.
 * `fallback` is for when it cannot be loaded.
 */
export function useFlag<Name extends keyof Flags>(
  name: Name,
  fallback: Flags[Name],
): Flags[Name] | undefined {
  const { data, fetchStatus } = useQuery(flagsQuery, shared);
  if (data) {
    const values: Flags = data.values; // without a flag its own type has no keys
    return values[name];
  }
  return fetchStatus === "fetching" ? undefined : fallback;
}
