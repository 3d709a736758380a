import { MutationCache, QueryClient } from "@tanstack/react-query";

import { session } from "@/lib/api/client";
import { clearReports, reportError } from "@/lib/reports";

const clients: QueryClient[] = [];

/** Holds what the server said, for as long as the same person is signed in. */
export function newQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      // the client in lib/api repeats what may be repeated
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

// subscribed before any component: nobody sees the data of another person
session.subscribe(() => {
  if (session.visit !== visit) {
    clearReports();
    // a session that merely ended keeps its mutations: the user still sees what became of them
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
