import { MutationCache, QueryClient } from "@tanstack/react-query";

import { session } from "@/lib/api/client";
import { clearReports, reportError } from "@/lib/reports";

const clients: QueryClient[] = [];

/** Caches server data for as long as the same user is signed in. */
export function newQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      // the client in lib/api retries what may be repeated
      queries: { retry: false, staleTime: 10_000 },
      mutations: { retry: false },
    },
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (!mutation.meta?.handlesErrors) reportError(error);
      },
    }),
  });
  clients.push(client);
  return client;
}

let userId: string | null = null;
let { visit } = session;

// subscribed before any component: no user sees another user's data
session.subscribe(() => {
  if (session.visit !== visit) {
    clearReports();
    // after a session that only expired the user still sees the outcome of their mutations
    clients.forEach((client) => client.getMutationCache().clear());
  }
  visit = session.visit;
  const next = session.state.user?.id ?? null;
  if (next === userId) return;
  userId = next;
  for (const client of clients) {
    void client.cancelQueries();
    client.getQueryCache().clear();
  }
});
