import type { QueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";

export type TaskApi = Pick<typeof api, "GET" | "POST" | "PATCH" | "DELETE">;

/** The tasks of a team, and the API calls for them. */
interface Collection {
  teamId: string;
  api: TaskApi;
}

/** Teams' collections by their query clients; all other clients hold the user's own tasks. */
const collections = new WeakMap<QueryClient, Collection>();
let opened: readonly QueryClient[] = [];
const listeners = new Set<() => void>();

export function addCollection(client: QueryClient, collection: Collection): void {
  collections.set(client, collection);
  opened = [...opened, client];
  // not at once: a component may call this while it renders
  queueMicrotask(() => listeners.forEach((listener) => listener()));
}

/** The query clients of the teams whose tasks the user has opened. */
export function openedClients(): readonly QueryClient[] {
  return opened;
}

export function watchOpened(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The calls under `/api/v1/tasks`, directed to the collection that a query client holds. */
export function apiOf(client: QueryClient): TaskApi {
  return collections.get(client)?.api ?? api;
}

/** The team whose tasks a query client holds; `null` if it holds the user's own. */
export function teamIdOf(client: QueryClient): string | null {
  return collections.get(client)?.teamId ?? null;
}
