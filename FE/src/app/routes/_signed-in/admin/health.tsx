import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/admin/health")({
  head: () => titled("Health"),
  component: lazyPage(() => import("@/features/operations/components/HealthPage")),
});
