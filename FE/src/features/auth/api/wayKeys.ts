import type { QueryClient } from "@tanstack/react-query";

export const waysKey = ["auth", "identities"] as const;
export const passkeysKey = ["auth", "passkeys"] as const;

/** A way to sign in came or went: a passkey stands in both lists. */
export function refreshWays(queryClient: QueryClient) {
  return Promise.all(
    [waysKey, passkeysKey].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
  );
}
