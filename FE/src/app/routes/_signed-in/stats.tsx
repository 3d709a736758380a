import { createFileRoute } from "@tanstack/react-router";

import { StatsPage } from "@/features/tasks/components/StatsPage";
import { statsSearchOf } from "@/features/tasks/stats";

export const Route = createFileRoute("/_signed-in/stats")({
  head: () => ({ meta: [{ title: "Statistics · Bounded" }] }),
  validateSearch: statsSearchOf,
  component: StatsPage,
});
