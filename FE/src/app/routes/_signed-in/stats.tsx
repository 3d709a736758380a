import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { statsSearchOf } from "@/features/tasks/statsSearch";

export const Route = createFileRoute("/_signed-in/stats")({
  head: () => ({ meta: [{ title: "Statistics · Bounded" }] }),
  validateSearch: statsSearchOf,
  component: lazyPage(() => import("@/features/tasks/components/StatsPage")),
});
