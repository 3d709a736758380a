import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "@/lib/live/stream";

import { teamKeys } from "./api/teams";

/** Returns what fetches anew what is shown of teams when one's membership of one has changed. */
export function followTeams(queryClient: QueryClient): (message: Message) => void {
  return ({ event }) => {
    if (event === "reset" || event.startsWith("team."))
      void queryClient.invalidateQueries({ queryKey: teamKeys.all });
  };
}
