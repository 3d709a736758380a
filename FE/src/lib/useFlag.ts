import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "./api/client";
import type { components } from "./api/schema";

/** The flags that the code of the server declares, each with the type of its value. */
export type Flags = components["schemas"]["FlagValues"];

/** Every key of what is asked about flags begins so. */
export const flagKeys = {
  all: ["flags"] as const,
  values: ["flags", "values"] as const,
  settings: ["flags", "settings"] as const,
};

let newest = 0;
let shared: QueryClient | undefined;

/** Keeps the values in this client, whichever one is around what asks for a flag. */
export function keepFlagsIn(queryClient: QueryClient): void {
  shared = queryClient;
}

/** From here on no answer is good that does not know of this change. */
export function noteRevision(revision: number): void {
  newest = Math.max(newest, revision);
}

/** The values for the user who is signed in: fetched before something needs them, and kept. */
export const flagsQuery = queryOptions({
  queryKey: flagKeys.values,
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/flags", { params: { query: { since: newest } }, signal })),
  gcTime: Infinity,
});

/**
 * The value of a flag; `undefined` until it is known, so that nothing is drawn which then turns into
 * something else. `fallback` is for when it cannot be known.
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
