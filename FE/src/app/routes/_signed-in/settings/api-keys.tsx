import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/settings/api-keys")({
  component: lazyPage(() => import("@/features/auth/components/ApiKeysPage")),
});
