import type { QueryClient } from "@tanstack/react-query";

import { reportTeamLeft } from "@/lib/departures";
import type { Message } from "@/lib/live/stream";

import { dropUnseen, teamKeys } from "./api/teams";

/** Returns what fetches anew what is shown of teams when one's membership of one has changed. */
export function followTeams(queryClient: QueryClient): (message: Message) => void {
  return ({ event, data }) => {
    if (event !== "reset" && !event.startsWith("team.")) return;
    if (event === "team.left" || event === "team.deleted") {
      const { id } = data as { id: string };
      reportTeamLeft(id);
      dropUnseen(queryClient, id);
    }
    const isOwn = event !== "reset" && isLeftHere(queryClient, (data as { id: string }).id);
    void queryClient.invalidateQueries({
      queryKey: teamKeys.all,
      // the page of the team is about to be left: it would hear that it knows the team no more
      refetchType: isOwn ? "none" : "active",
    });
  };
}

/** Whether somebody has left or deleted a team on this page, which then goes on elsewhere. */
function isLeftHere(queryClient: QueryClient, id: string): boolean {
  return queryClient
    .getMutationCache()
    .findAll({ mutationKey: teamKeys.departure(id) })
    .some(({ state }) => state.status === "pending" || state.status === "success");
}
