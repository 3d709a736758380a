import { queryClient } from "./queries";

/** How long the page has the network for itself once it is loaded. */
const PAUSE = 1_000;
const FIRST_DELAY = 5_000;
const LONGEST_DELAY = 600_000;

/** Load something that the page can do without; retried until it succeeds. */
export async function loadLater<Module>(load: () => Promise<Module>): Promise<Module> {
  await fetchesSettled();
  await pause(PAUSE);
  for (let delay = FIRST_DELAY; ; delay = Math.min(2 * delay, LONGEST_DELAY)) {
    try {
      return await load();
    } catch {
      await pause(delay);
    }
  }
}

function fetchesSettled(): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (queryClient.isFetching() > 0) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = queryClient.getQueryCache().subscribe(check);
    check();
  });
}

function pause(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay));
}
