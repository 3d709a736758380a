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

/** Every key of this feature's queries begins so. */
export const teamKeys = {
  all: ["teams"] as const,
  list: ["teams", "list"] as const,
  one: (id: string) => ["teams", "one", id] as const,
  members: (id: string) => ["teams", "one", id, "members"] as const,
  invitations: (id: string) => ["teams", "one", id, "invitations"] as const,
  /** Of mutations after which one is in a team no more. */
  departure: (id: string) => ["teams", "departure", id] as const,
};

/** The teams that somebody belongs to, the newest first. */
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

/** Rename the version at hand; `PRECONDITION_FAILED` if there is a newer one. */
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
    // also after an error: the team, or one's role in it, may have changed
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

/** Somebody has left or deleted a team here: its page is left, and nothing asked for meanwhile. */
export async function departed(queryClient: QueryClient, team_id: string): Promise<void> {
  reportTeamLeft(team_id);
  await queryClient.invalidateQueries({ queryKey: teamKeys.all, refetchType: "none" });
}

/** What one has seen of a team whose page was left. */
export function dropTeam(queryClient: QueryClient, team_id: string): void {
  queryClient.removeQueries({ queryKey: teamKeys.one(team_id) });
}

/** What is looked at stays: that the team is gone is said there. */
export function dropUnseen(queryClient: QueryClient, team_id: string): void {
  queryClient.removeQueries({
    queryKey: teamKeys.one(team_id),
    predicate: (query) => query.getObserversCount() === 0,
  });
}
