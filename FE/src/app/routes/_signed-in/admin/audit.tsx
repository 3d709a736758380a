import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { trailSearchOf } from "@/features/audit/search";

export const Route = createFileRoute("/_signed-in/admin/audit")({
  head: () => ({ meta: [{ title: "Audit trail · Bounded" }] }),
  validateSearch: trailSearchOf,
  component: lazyPage(() => import("@/features/audit/components/AuditPage")),
});
