import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "@/lib/live/stream";
import { flagKeys, flagsQuery, keepFlagsIn, noteRevision } from "@/lib/useFlag";

/** All pages receive a change at once: they spread their requests over this time. */
export const SPREAD = 300;

/** Fetch the values; returns a listener that refetches them when one may have changed. */
export function followFlags(queryClient: QueryClient): (message: Message) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refetch = () => {
    timer = undefined;
    // also unused ones: the next component begins with the new value
    void queryClient.invalidateQueries({ queryKey: flagKeys.all, refetchType: "all" });
  };
  keepFlagsIn(queryClient);
  // a component that uses a flag fetches it again
  queryClient.query(flagsQuery).catch(() => undefined);
  return ({ event, data }) => {
    if (event === "flag.changed") noteRevision((data as { version: number }).version);
    // a rule may name a team that the user has joined or left
    else if (event !== "reset" && event !== "team.joined" && event !== "team.left") return;
    timer ??= setTimeout(refetch, Math.random() * SPREAD);
  };
}
