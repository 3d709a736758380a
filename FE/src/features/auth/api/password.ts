import { useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type ChangePasswordRequest = components["schemas"]["ChangePasswordRequest"];

/** Change the password; it ends every other session. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (body: ChangePasswordRequest) =>
      unwrap(api.POST("/api/v1/auth/password/change", { body })),
    meta: { handlesErrors: true },
  });
}
