import { useMutation } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";

export function useAcceptInvitation() {
  return useMutation({
    mutationKey: ["teams", "accept"],
    mutationFn: async (token: string) => {
      const team = await unwrap(api.POST("/api/v1/invitations/accept", { body: { token } }));
      // the link has verified the email, which the session tells
      await session.renew(await session.token());
      return team;
    },
    meta: { handlesErrors: true },
  });
}
