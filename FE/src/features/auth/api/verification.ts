import { queryOptions, useMutation } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";

export function useResendVerification() {
  return useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/auth/email/resend")) });
}

/** Whether the address was verified elsewhere: fetched when the user returns to the page. */
export const verifiedQuery = queryOptions({
  queryKey: ["auth", "verified"],
  queryFn: async ({ signal }) => {
    const { email_verified } = await unwrap(api.GET("/api/v1/auth/me", { signal }));
    if (email_verified) await session.renew(await session.token());
    return email_verified;
  },
  initialData: false,
});

/**
 * Verify an address with the token of a mail. It is a query, which runs once however often the
 * page is drawn; verifying twice does no harm.
 */
export function verificationQuery(token: string) {
  return queryOptions({
    queryKey: ["auth", "verification", token],
    queryFn: async () => {
      await unwrap(api.POST("/api/v1/auth/email/verify", { body: { token } }));
      // a new token shows that the address is verified
      if (session.state.status === "signed-in") await session.renew(await session.token());
      return true;
    },
    staleTime: Infinity,
  });
}
