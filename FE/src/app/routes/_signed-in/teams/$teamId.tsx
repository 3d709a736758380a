import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

const TeamFrame = lazyPage(() => import("@/features/teams/components/TeamFrame"));

export const Route = createFileRoute("/_signed-in/teams/$teamId")({
  head: () => titled("Team"),
  component: function TeamPages() {
    const { teamId } = Route.useParams();
    // remounted for each team: what is open on a page belongs to its team
    return <TeamFrame key={teamId} teamId={teamId} />;
  },
});
