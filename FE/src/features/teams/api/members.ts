import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";
import type { TeamRole } from "@/lib/useTeam";

import { departed, teamKeys } from "./teams";

export type Member = components["schemas"]["MemberResponse"];

const PAGE = 100;

/** The members of a team, in the order in which they joined. */
export function membersQuery(team_id: string) {
  return infiniteQueryOptions({
    queryKey: teamKeys.members(team_id),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/teams/{team_id}/members", {
          params: {
            path: { team_id },
            query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

interface RoleChange {
  user_id: string;
  role: TeamRole;
}

export function useChangeRole(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ user_id, role }: RoleChange) =>
      unwrap(
        api.PATCH("/api/v1/teams/{team_id}/members/{user_id}", {
          params: { path: { team_id, user_id } },
          body: { role },
        }),
      ),
    // also after an error: the user's own role may have changed, and with it their permissions
    onSettled: () => queryClient.invalidateQueries({ queryKey: teamKeys.all }),
    meta: { handlesErrors: true },
  });
}

export function useRemoveMember(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (user_id: string) =>
      unwrap(
        api.DELETE("/api/v1/teams/{team_id}/members/{user_id}", {
          params: { path: { team_id, user_id } },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: teamKeys.members(team_id) }),
    onError: () => queryClient.invalidateQueries({ queryKey: teamKeys.one(team_id) }),
    meta: { handlesErrors: true },
  });
}

/** End the user's own membership. */
export function useLeaveTeam(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey: teamKeys.departure(team_id),
    mutationFn: (user_id: string) =>
      unwrap(
        api.DELETE("/api/v1/teams/{team_id}/members/{user_id}", {
          params: { path: { team_id, user_id } },
        }),
      ),
    onSuccess: () => departed(queryClient, team_id),
    meta: { handlesErrors: true },
  });
}
