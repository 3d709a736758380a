import { createFileRoute } from "@tanstack/react-router";

import { DeliveriesPage } from "@/features/operations/components/DeliveriesPage";

export const Route = createFileRoute("/_signed-in/admin/deliveries")({
  head: () => ({ meta: [{ title: "Deliveries · Bounded" }] }),
  component: DeliveriesPage,
});
