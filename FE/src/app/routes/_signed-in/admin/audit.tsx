import { createFileRoute } from "@tanstack/react-router";

import { AuditPage } from "@/features/audit/components/AuditPage";
import { trailSearchOf } from "@/features/audit/search";

export const Route = createFileRoute("/_signed-in/admin/audit")({
  head: () => ({ meta: [{ title: "Audit trail · Bounded" }] }),
  validateSearch: trailSearchOf,
  component: AuditPage,
});
