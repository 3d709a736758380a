import type { QueryClient } from "@tanstack/react-query";

/** How long to wait for what is on its way to the server; it may wait for the network. */
const PATIENCE = 2_000;

/**
 * Wait a moment, then until the page is in sight, and until what was done here has its answer: the
 * feed may tell of it first.
 */
export async function quiet(queryClient: QueryClient, moment: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, moment));
  await inSight();
  await settled(queryClient);
}

function inSight(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
}

function settled(queryClient: QueryClient): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const look = () => queryClient.isMutating() > 0 || finish();
    const timer = setTimeout(finish, PATIENCE);
    const unsubscribe = queryClient.getMutationCache().subscribe(look);
    look();
  });
}
