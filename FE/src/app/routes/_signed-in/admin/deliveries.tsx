import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/admin/deliveries")({
  head: () => ({ meta: [{ title: "Deliveries · Bounded" }] }),
  component: lazyPage(() => import("@/features/operations/components/DeliveriesPage")),
});
