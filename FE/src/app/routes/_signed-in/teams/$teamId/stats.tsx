import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { statsSearchOf } from "@/features/tasks/statsSearch";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/teams/$teamId/stats")({
  head: () => titled("Statistics"),
  validateSearch: statsSearchOf,
  component: lazyPage(() => import("@/features/tasks/components/TeamStatsPage")),
});
