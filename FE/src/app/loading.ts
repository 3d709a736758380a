import { queryClient } from "./queries";

/** How long the page has the network for itself once it stands. */
const PAUSE = 1_000;

/** Resolves a while after nothing is fetched any more: for what the page does not wait for. */
export async function afterFirstLoad(): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (queryClient.isFetching() > 0) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = queryClient.getQueryCache().subscribe(look);
    look();
  });
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
}
