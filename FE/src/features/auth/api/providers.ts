import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { BASE_URL } from "@/lib/api/base";
import { api, unwrap } from "@/lib/api/client";
import { hint } from "@/lib/api/hint";
import type { components } from "@/lib/api/schema";

import { refreshWays, waysKey } from "./wayKeys";

export type Provider = components["schemas"]["ProviderResponse"];
export type Way = components["schemas"]["WayResponse"];

/** Where the user returns to after linking. */
const SECURITY_PAGE = "/settings/security";

/** The providers to sign in with; they change only when the server restarts. */
export const providersQuery = queryOptions({
  queryKey: ["auth", "providers"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/providers", { signal })),
  select: ({ items }) => items,
  staleTime: Infinity,
});

/** The user's ways to sign in. */
export const waysQuery = queryOptions({
  queryKey: waysKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/identities", { signal })),
  select: ({ items }) => items,
});

/** The URL that starts a sign-in with a provider; `then` is the page to return to. */
export function startOf(provider: Provider, then: string): string {
  const query = new URLSearchParams({ return_to: then }).toString();
  return `${BASE_URL}/api/v1/auth/providers/${provider.name}/start?${query}`;
}

/** Call it before leaving: the next page checks whether the user came back signed in. */
export function leaveToSignIn(): void {
  hint.markExpected();
}

/** Begin to link a provider: this leaves the page. */
export function useLinkProvider() {
  return useMutation({
    mutationFn: (name: string) =>
      unwrap(
        api.POST("/api/v1/auth/providers/{name}/link", {
          params: { path: { name } },
          body: { return_to: SECURITY_PAGE },
        }),
      ),
    onSuccess: ({ url }) => location.assign(url),
  });
}

/** Begin to prove the user's identity with a linked provider: this leaves the page for a while. */
export function useStepUpWithProvider() {
  return useMutation({
    mutationFn: (name: string) =>
      unwrap(
        api.POST("/api/v1/auth/providers/{name}/step-up", {
          params: { path: { name } },
          body: { return_to: location.pathname + location.search },
        }),
      ),
    onSuccess: ({ url }) => location.assign(url),
  });
}

export function useRemoveWay() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (identity_id: string) =>
      unwrap(
        api.DELETE("/api/v1/auth/identities/{identity_id}", { params: { path: { identity_id } } }),
      ),
    onSettled: () => refreshWays(queryClient),
  });
}
