import type { QueryClient } from "@tanstack/react-query";

import { taskKeys } from "./tasks";

/** Wait until the pending changes of some tasks have succeeded or failed. */
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
