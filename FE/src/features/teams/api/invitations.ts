import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { teamKeys } from "./teams";

export type Invitation = components["schemas"]["InvitationResponse"];
export type InviteRequest = components["schemas"]["InviteRequest"];

/** The pending invitations, the newest first. */
export function invitationsQuery(team_id: string) {
  return infiniteQueryOptions({
    queryKey: teamKeys.invitations(team_id),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/teams/{team_id}/invitations", {
          params: {
            path: { team_id },
            query: { limit: 50, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useInvite(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: InviteRequest) =>
      unwrap(
        api.POST("/api/v1/teams/{team_id}/invitations", { params: { path: { team_id } }, body }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: teamKeys.one(team_id) }),
    meta: { handlesErrors: true },
  });
}

export function useRevokeInvitation(team_id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (invitation_id: string) =>
      unwrap(
        api.DELETE("/api/v1/teams/{team_id}/invitations/{invitation_id}", {
          params: { path: { team_id, invitation_id } },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: teamKeys.one(team_id) }),
  });
}

export function useAcceptInvitation() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey: ["teams", "accept"],
    mutationFn: async (token: string) => {
      const team = await unwrap(api.POST("/api/v1/invitations/accept", { body: { token } }));
      // the link has verified the email, which a new token shows
      await session.renew(await session.token());
      return team;
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: teamKeys.list }),
    meta: { handlesErrors: true },
  });
}
