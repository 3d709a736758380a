import type { QueryClient } from "@tanstack/react-query";

export const waysKey = ["auth", "identities"] as const;
export const passkeysKey = ["auth", "passkeys"] as const;

/** After a way to sign in was added or removed: a passkey is in both lists. */
export function refreshWays(queryClient: QueryClient) {
  return Promise.all(
    [waysKey, passkeysKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
  );
}
