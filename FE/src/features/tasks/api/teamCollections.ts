import type { QueryClient } from "@tanstack/react-query";

import { api } from "@/lib/api/client";
import { onTeamLeft } from "@/lib/departures";
import { newQueryClient } from "@/lib/queries";

import { addCollection, type TaskApi } from "./collections";

const OWN = "/api/v1/tasks";

/**
 * A query client for each team's tasks, by the team's id: the keys are the same in all of them, and
 * one collection's data never gets into another.
 */
const clients = new Map<string, QueryClient>();

export function clientOfTeam(teamId: string): QueryClient {
  const known = clients.get(teamId);
  if (known) return known;
  const client = newQueryClient();
  // never unmounted: mutations that wait for the network continue when the user leaves the page
  client.mount();
  clients.set(teamId, client);
  addCollection(client, { teamId, api: apiOfTeam(teamId) });
  return client;
}

/** `undefined` if the user has not opened the team's tasks yet. */
export function openedClientOf(teamId: string): QueryClient | undefined {
  return clients.get(teamId);
}

/** Drop the data of a team's tasks once the user is no longer in the team. */
onTeamLeft((teamId) => {
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
