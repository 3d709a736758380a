import { createFileRoute } from "@tanstack/react-router";

import { HealthPage } from "@/features/operations/components/HealthPage";

export const Route = createFileRoute("/_signed-in/admin/health")({
  head: () => ({ meta: [{ title: "Health · Bounded" }] }),
  component: HealthPage,
});
