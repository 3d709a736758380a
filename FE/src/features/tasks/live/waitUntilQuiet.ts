import type { QueryClient } from "@tanstack/react-query";

/** How long to wait for pending mutations, which may be waiting for the network. */
const PATIENCE = 2_000;

/**
 * Wait a moment, then until the page is visible, and until the mutations of this page have their
 * response: the feed may report their changes first.
 */
export async function waitUntilQuiet(queryClient: QueryClient, moment: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, moment));
  await untilVisible();
  await untilSettled(queryClient);
}

function untilVisible(): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", check);
      resolve();
    };
    document.addEventListener("visibilitychange", check);
    check();
  });
}

function untilSettled(queryClient: QueryClient): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const check = () => queryClient.isMutating() > 0 || finish();
    const timer = setTimeout(finish, PATIENCE);
    const unsubscribe = queryClient.getMutationCache().subscribe(check);
    check();
  });
}
