import type { QueryClient } from "@tanstack/react-query";

import { taskKeys } from "./tasks";

/** Wait until what is on its way to the server for some tasks has arrived or failed. */
export function changesSettled(queryClient: QueryClient, ids: ReadonlySet<string>): Promise<void> {
  const cache = queryClient.getMutationCache();
  const arePending = () =>
    [taskKeys.changes, taskKeys.moves]
      .flatMap((mutationKey) => cache.findAll({ mutationKey, status: "pending" }))
      .some(({ options }) => ids.has(String(options.mutationKey?.at(-1))));
  if (!arePending()) return Promise.resolve();
  return new Promise((resolve) => {
    const unsubscribe = cache.subscribe(() => {
      if (arePending()) return;
      unsubscribe();
      resolve();
    });
  });
}
