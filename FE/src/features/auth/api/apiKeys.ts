import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type ApiKey = components["schemas"]["ApiKeyResponse"];
export type Scope = ApiKey["scopes"][number];

const apiKeysKey = ["auth", "api-keys"] as const;

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: apiKeysKey,
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/auth/api-keys", {
        params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

/** The response holds the key, which must not be stored: `gcTime` drops it at once. */
export function useCreateApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["CreateApiKeyRequest"]) =>
      unwrap(api.POST("/api/v1/auth/api-keys", { body })),
    gcTime: 0,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: apiKeysKey }),
    meta: { handlesErrors: true },
  });
}

export function useRevokeApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (key_id: string) =>
      unwrap(api.DELETE("/api/v1/auth/api-keys/{key_id}", { params: { path: { key_id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: apiKeysKey }),
  });
}
