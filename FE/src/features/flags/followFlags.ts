import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "@/lib/live/stream";
import { flagKeys, flagsQuery, keepFlagsIn, noteRevision } from "@/lib/useFlag";

/** All pages hear at once of a change: they do not ask in the same moment. */
export const SPREAD = 300;

/** Fetches the values, and returns what fetches them anew when one of them may have changed. */
export function followFlags(queryClient: QueryClient): (message: Message) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refetch = () => {
    timer = undefined;
    // also where nothing shows one at present: what is drawn next begins with the new value
    void queryClient.invalidateQueries({ queryKey: flagKeys.all, refetchType: "all" });
  };
  keepFlagsIn(queryClient);
  // a component that shows one fetches it again
  queryClient.query(flagsQuery).catch(() => undefined);
  return ({ event, data }) => {
    if (event === "flag.changed") noteRevision((data as { version: number }).version);
    // a rule may name a team that one has joined or left
    else if (event !== "reset" && event !== "team.joined" && event !== "team.left") return;
    timer ??= setTimeout(refetch, Math.random() * SPREAD);
  };
}
