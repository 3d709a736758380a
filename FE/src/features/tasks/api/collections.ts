import type { QueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

export type TaskApi = Pick<typeof api, "GET" | "POST" | "PATCH" | "DELETE">;

/** The tasks of a team, and the API calls for them. */
interface Collection {
  teamId: string;
  api: TaskApi;
}

/** Teams' collections by their query clients; all other clients hold the user's own tasks. */
export const collections = new WeakMap<QueryClient, Collection>();

/** The calls under `/api/v1/tasks`, directed to the collection that a query client holds. */
export function apiOf(client: QueryClient): TaskApi {
  return collections.get(client)?.api ?? api;
}

/** The team whose tasks a query client holds; `null` if it holds the user's own. */
export function teamIdOf(client: QueryClient): string | null {
  return collections.get(client)?.teamId ?? null;
}
