import type { QueryClient } from "@tanstack/react-query";

import { reportTeamLeft } from "@/lib/departures";
import type { Message } from "@/lib/live/stream";

import { dropUnused, teamKeys } from "./api/teams";

/** Returns a listener that refetches the shown teams when the user's membership has changed. */
export function followTeams(queryClient: QueryClient): (message: Message) => void {
  return ({ event, data }) => {
    if (event !== "reset" && !event.startsWith("team.")) return;
    if (event === "team.left" || event === "team.deleted") {
      const { id } = data as { id: string };
      reportTeamLeft(id);
      dropUnused(queryClient, id);
    }
    const isOwn = event !== "reset" && isLeftHere(queryClient, (data as { id: string }).id);
    void queryClient.invalidateQueries({
      queryKey: teamKeys.all,
      // the team's page is about to close: a refetch would fail with NOT_FOUND
      refetchType: isOwn ? "none" : "active",
    });
  };
}

/** Whether the user left or deleted a team on this page, which then navigates away. */
function isLeftHere(queryClient: QueryClient, id: string): boolean {
  return queryClient
    .getMutationCache()
    .findAll({ mutationKey: teamKeys.departure(id) })
    .some(({ state }) => state.status === "pending" || state.status === "success");
}
