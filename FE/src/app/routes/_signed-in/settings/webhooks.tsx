import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/settings/webhooks")({
  component: lazyPage(() => import("@/features/webhooks/components/WebhooksPage")),
});
