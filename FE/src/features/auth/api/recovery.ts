import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

type ResetPasswordRequest = components["schemas"]["ResetPasswordRequest"];

export function useForgotPassword({ handlesErrors = true } = {}) {
  return useMutation({
    mutationFn: (email: string) =>
      unwrap(api.POST("/api/v1/auth/password/forgot", { body: { email } })),
    meta: { handlesErrors },
  });
}

/** Set a new password with the token of a mail; it ends every session of the account. */
export function useResetPassword() {
  return useMutation({
    mutationFn: (body: ResetPasswordRequest) =>
      unwrap(api.POST("/api/v1/auth/password/reset", { body })),
    meta: { handlesErrors: true },
  });
}
