import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";

const KEY = ["auth", "email-change"];

/**
 * The new address that waits to be confirmed. Its mail is often opened on another device, so it is
 * fetched again when the user returns to the page.
 */
export const pendingChangeQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ signal }) => {
    const { pending } = await unwrap(api.GET("/api/v1/auth/email/change", { signal }));
    return pending;
  },
  staleTime: 0,
});

export function useRequestEmailChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (email: string) =>
      unwrap(api.POST("/api/v1/auth/email/change", { body: { email } })),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
    meta: { handlesErrors: true },
  });
}

export function useWithdrawEmailChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/auth/email/change")),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useConfirmEmailChange() {
  return useMutation({
    mutationFn: async (token: string) => {
      await unwrap(api.POST("/api/v1/auth/email/change/confirm", { body: { token } }));
      await renewUser();
    },
    meta: { handlesErrors: true },
  });
}

export function useCancelEmailChange() {
  return useMutation({
    mutationFn: async (token: string) => {
      await unwrap(api.POST("/api/v1/auth/email/change/cancel", { body: { token } }));
      await renewUser();
    },
    meta: { handlesErrors: true },
  });
}

/** A new token brings the new email of a signed-in user, or ends the session. */
export async function renewUser() {
  if (session.state.status === "signed-in") await session.renew(await session.token());
}
