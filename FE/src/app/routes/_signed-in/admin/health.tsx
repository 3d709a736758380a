import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/admin/health")({
  head: () => ({ meta: [{ title: "Health · Bounded" }] }),
  component: lazyPage(() => import("@/features/operations/components/HealthPage")),
});
