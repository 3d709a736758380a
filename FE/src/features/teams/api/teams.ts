import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import { reportTeamLeft } from "@/lib/departures";
import type { Team } from "@/lib/useTeam";

/** The keys of this feature's queries. */
export const teamKeys = {
  all: ["teams"] as const,
  list: ["teams", "list"] as const,
  one: (id: string) => ["teams", "one", id] as const,
  members: (id: string) => ["teams", "one", id, "members"] as const,
  invitations: (id: string) => ["teams", "one", id, "invitations"] as const,
  /** The key of mutations after which the user is no longer in a team. */
  departure: (id: string) => ["teams", "departure", id] as const,
};

/** The teams of the user, the newest first. */
export const teamsQuery = infiniteQueryOptions({
  queryKey: teamKeys.list,
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/teams", {
        params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export function teamQuery(team_id: string) {
  return queryOptions({
    queryKey: teamKeys.one(team_id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/teams/{team_id}", { params: { path: { team_id } }, signal })),
  });
}

interface Creation {
  name: string;
  idempotencyKey: string;
}

export function useCreateTeam() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, idempotencyKey }: Creation) =>
      unwrap(
        api.POST("/api/v1/teams", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body: { name },
        }),
      ),
    onSuccess: async (team) => {
      queryClient.setQueryData(teamKeys.one(team.id), team);
      await queryClient.invalidateQueries({ queryKey: teamKeys.list });
    },
    meta: { handlesErrors: true },
  });
}

/** Rename this version of a team; `PRECONDITION_FAILED` if there is a newer one. */
export function useRenameTeam(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, version }: Pick<Team, "name" | "version">) =>
      unwrap(
        api.PATCH("/api/v1/teams/{team_id}", {
          params: { path: { team_id }, header: ifMatch(version) },
          body: { name },
        }),
      ),
    onSuccess: (team) => queryClient.setQueryData(teamKeys.one(team_id), team),
    // also after an error: the team, or the user's role in it, may have changed
    onSettled: () => queryClient.invalidateQueries({ queryKey: teamKeys.all }),
    meta: { handlesErrors: true },
  });
}

export function useDeleteTeam(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey: teamKeys.departure(team_id),
    mutationFn: (version: number) =>
      unwrap(
        api.DELETE("/api/v1/teams/{team_id}", {
          params: { path: { team_id }, header: ifMatch(version) },
        }),
      ),
    onSuccess: () => departed(queryClient, team_id),
    onError: () => queryClient.invalidateQueries({ queryKey: teamKeys.one(team_id) }),
    meta: { handlesErrors: true },
  });
}

/** After the user left or deleted a team here: nothing is refetched while its page closes. */
export async function departed(queryClient: QueryClient, team_id: string): Promise<void> {
  reportTeamLeft(team_id);
  await queryClient.invalidateQueries({ queryKey: teamKeys.all, refetchType: "none" });
}

/** Drop the data of a team whose page was closed. */
export function dropTeam(queryClient: QueryClient, team_id: string): void {
  queryClient.removeQueries({ queryKey: teamKeys.one(team_id) });
}

/** Drop the data that is not shown: what is shown says that the team is gone. */
export function dropUnused(queryClient: QueryClient, team_id: string): void {
  queryClient.removeQueries({
    queryKey: teamKeys.one(team_id),
    predicate: (query) => query.getObserversCount() === 0,
  });
}
