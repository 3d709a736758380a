import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { trailSearchOf } from "@/features/audit/search";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/admin/audit")({
  head: () => titled("Audit trail"),
  validateSearch: trailSearchOf,
  component: lazyPage(() => import("@/features/audit/components/AuditPage")),
});
