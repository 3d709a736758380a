import type { QueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

export type TaskApi = Pick<typeof api, "GET" | "POST" | "PATCH" | "DELETE">;

/** The tasks of a team, and how they are called. */
interface Collection {
  teamId: string;
  api: TaskApi;
}

/** By their query clients; all others hold one's own tasks. */
export const collections = new WeakMap<QueryClient, Collection>();

/** The calls under `/api/v1/tasks`, which lead to the collection that a query client holds. */
export function apiOf(client: QueryClient): TaskApi {
  return collections.get(client)?.api ?? api;
}

/** The team whose tasks a query client holds; `null`: it holds one's own. */
export function teamIdOf(client: QueryClient): string | null {
  return collections.get(client)?.teamId ?? null;
}
