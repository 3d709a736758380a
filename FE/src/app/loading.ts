import { queryClient } from "./queries";

/** How long the page has the network for itself once it stands. */
const PAUSE = 1_000;
const FIRST_DELAY = 5_000;
const LONGEST_DELAY = 600_000;

/** Load what the page does not wait for, and does without as long as it cannot be loaded. */
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
    const look = () => {
      if (queryClient.isFetching() > 0) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = queryClient.getQueryCache().subscribe(look);
    look();
  });
}

function pause(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay));
}
