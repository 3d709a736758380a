import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/admin/deliveries")({
  head: () => titled("Deliveries"),
  component: lazyPage(() => import("@/features/operations/components/DeliveriesPage")),
});
