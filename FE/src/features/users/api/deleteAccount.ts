import { queryOptions, useMutation } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";

/** Whether the account has a password to ask for. */
export const hasPasswordQuery = queryOptions({
  queryKey: ["users", "me", "password"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/identities", { signal })),
  select: ({ items }) => items.some(({ kind }) => kind === "password"),
  staleTime: 0,
});

export function useDeleteAccount() {
  return useMutation({
    mutationFn: (body: { password?: string }) =>
      session.endBy("deleted", unwrap(api.POST("/api/v1/users/me/delete", { body }))),
    meta: { handlesErrors: true },
  });
}
