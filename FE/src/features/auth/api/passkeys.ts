import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, sendUnsigned, session, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { createPasskey, signWithPasskey } from "../passkeyCeremony";
import { passkeysKey, refreshWays } from "./wayKeys";

export type Passkey = components["schemas"]["PasskeyResponse"];

export const passkeysQuery = queryOptions({
  queryKey: passkeysKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/passkeys", { signal })),
});

/** Make a passkey in this browser and keep it; `null` if its user has changed their mind. */
export function useAddPasskey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const made = await createPasskey(await unwrap(api.POST("/api/v1/auth/passkeys/options")));
      return made && (await unwrap(api.POST("/api/v1/auth/passkeys", { body: made })));
    },
    onSettled: () => refreshWays(queryClient),
    meta: { handlesErrors: true },
  });
}

export function useRenamePasskey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      unwrap(
        api.PATCH("/api/v1/auth/passkeys/{passkey_id}", {
          params: { path: { passkey_id: id } },
          body: { name },
        }),
      ),
    onSettled: () => refreshWays(queryClient),
    meta: { handlesErrors: true },
  });
}

export function useRemovePasskey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (passkey_id: string) =>
      unwrap(
        api.DELETE("/api/v1/auth/passkeys/{passkey_id}", { params: { path: { passkey_id } } }),
      ),
    onSettled: () => refreshWays(queryClient),
  });
}

/** Sign in by a passkey, which says itself whose it is. */
export function useSignInWithPasskey() {
  return useMutation({
    mutationFn: async () => {
      const options = await unwrap(
        api.POST("/api/v1/auth/passkeys/sign-in/options", { fetch: sendUnsigned }),
      );
      const body = await signWithPasskey(options);
      if (body === null) return;
      await session.begin(() =>
        unwrap(api.POST("/api/v1/auth/passkeys/sign-in", { body, fetch: sendUnsigned })),
      );
    },
    meta: { handlesErrors: true },
  });
}
