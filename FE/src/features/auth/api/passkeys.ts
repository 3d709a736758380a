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

/** Create a passkey in this browser and register it; `null` if the user cancels. */
export function useAddPasskey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const passkey = await createPasskey(await unwrap(api.POST("/api/v1/auth/passkeys/options")));
      return passkey && (await unwrap(api.POST("/api/v1/auth/passkeys", { body: passkey })));
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

/** Sign in with a passkey, which itself identifies the user. */
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
