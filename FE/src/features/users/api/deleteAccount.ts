import { useMutation } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";

export function useDeleteAccount() {
  return useMutation({
    mutationFn: (password: string) =>
      unwrap(api.POST("/api/v1/users/me/delete", { body: { password } })),
    onSuccess: () => session.end("deleted"),
    meta: { handlesErrors: true },
  });
}
