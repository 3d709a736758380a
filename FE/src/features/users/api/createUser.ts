import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";

import { type UserDraft, userKeys } from "./users";

interface Creation<Body> {
  body: Body;
  /** The same key for the same body: the server creates no user twice. */
  idempotencyKey: string;
}

export function useCreateUser() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ body, idempotencyKey }: Creation<UserDraft>) =>
      unwrap(
        api.POST("/api/v1/users", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body,
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: userKeys.all }),
    meta: { handlesErrors: true },
  });
}

/** Create all of them or none. */
export function useCreateUsers() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ body, idempotencyKey }: Creation<UserDraft[]>) =>
      unwrap(
        api.POST("/api/v1/users/bulk", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body,
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: userKeys.all }),
    meta: { handlesErrors: true },
  });
}
