import type { QueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import { whenLeft } from "@/lib/departures";
import { newQueryClient } from "@/lib/queries";

import { collections, type TaskApi } from "./collections";

const OWN = "/api/v1/tasks";

/**
 * Each team's tasks have a query client of their own, by its id: keys are the same in all of them,
 * and what one collection shows never gets into another one.
 */
const clients = new Map<string, QueryClient>();
let opened: readonly QueryClient[] = [];
const listeners = new Set<() => void>();

export function clientOfTeam(teamId: string): QueryClient {
  const known = clients.get(teamId);
  if (known) return known;
  const client = newQueryClient();
  // for good: what waits for the network goes on when the page of the team is left
  client.mount();
  clients.set(teamId, client);
  opened = [...opened, client];
  collections.set(client, { teamId, api: apiOfTeam(teamId) });
  // not at once: it may be a component that opens it while it is drawn
  queueMicrotask(() => listeners.forEach((listener) => listener()));
  return client;
}

/** `undefined`: nobody has looked at the team's tasks yet. */
export function openedClientOf(teamId: string): QueryClient | undefined {
  return clients.get(teamId);
}

export function openedClients(): readonly QueryClient[] {
  return opened;
}

export function watchOpened(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What one has seen of a team's tasks goes once one is in it no more. */
whenLeft((teamId) => {
  const client = clients.get(teamId);
  client?.getMutationCache().clear();
  client?.removeQueries({ predicate: (query) => query.getObserversCount() === 0 });
  void client?.resetQueries();
});

function apiOfTeam(teamId: string): TaskApi {
  const ofTeam = (method: keyof TaskApi) => (path: string, init?: object) =>
    (api[method] as (path: string, init?: object) => unknown)(
      path.replace(OWN, `/api/v1/teams/${teamId}/tasks`),
      init,
    );
  return {
    GET: ofTeam("GET"),
    POST: ofTeam("POST"),
    PATCH: ofTeam("PATCH"),
    DELETE: ofTeam("DELETE"),
  } as TaskApi;
}
