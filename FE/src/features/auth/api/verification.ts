import { queryOptions, useMutation } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";

export function useResendVerification() {
  return useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/auth/email/resend")) });
}

/**
 * Verify an address with the token of a mail. It is a query, which runs once however often the
 * page is drawn; verifying twice does no harm.
 */
export function verificationQuery(token: string) {
  return queryOptions({
    queryKey: ["auth", "verification", token],
    queryFn: async () => {
      await unwrap(api.POST("/api/v1/auth/email/verify", { body: { token } }));
      // who is signed in here learns that the address is verified
      if (session.state.status === "signed-in") await session.renew(await session.token());
      return true;
    },
    staleTime: Infinity,
  });
}
