import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type OwnSession = components["schemas"]["SessionResponse"];

const sessionsKey = ["auth", "sessions"] as const;

export const sessionsQuery = infiniteQueryOptions({
  queryKey: sessionsKey,
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/auth/sessions", {
        params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export function useEndSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (session_id: string) =>
      unwrap(
        api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id } } }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsKey }),
  });
}

export function useEndOtherSessions() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/auth/sessions")),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsKey }),
  });
}
