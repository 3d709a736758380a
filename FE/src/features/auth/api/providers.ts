import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { BASE_URL } from "@/lib/api/base";
import { api, unwrap } from "@/lib/api/client";
import { hint } from "@/lib/api/hint";
import type { components } from "@/lib/api/schema";

import { refreshWays, waysKey } from "./wayKeys";

export type Provider = components["schemas"]["ProviderResponse"];
export type Way = components["schemas"]["WayResponse"];

/** Where one comes back to after linking. */
const SECURITY_PAGE = "/settings/security";

/** The other providers that one can sign in with; they change with a start of the server only. */
export const providersQuery = queryOptions({
  queryKey: ["auth", "providers"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/providers", { signal })),
  select: ({ items }) => items,
  staleTime: Infinity,
});

/** What one signs in by. */
export const waysQuery = queryOptions({
  queryKey: waysKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/identities", { signal })),
  select: ({ items }) => items,
});

/** Where a browser begins to sign in with a provider; `then` is the page it comes back to. */
export function startOf(provider: Provider, then: string): string {
  const query = new URLSearchParams({ return_to: then }).toString();
  return `${BASE_URL}/api/v1/auth/providers/${provider.name}/start?${query}`;
}

/** To be called on the way out: the next page asks whether somebody came back signed in. */
export function leaveToSignIn(): void {
  hint.markExpected();
}

/** Begin to link a provider: the page is left for it. */
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

/** Begin to prove by a linked provider who one is: the page is left for it, and comes back. */
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
