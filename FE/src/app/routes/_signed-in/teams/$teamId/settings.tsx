import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/teams/$teamId/settings")({
  head: () => titled("Team settings"),
  component: lazyPage(() => import("@/features/teams/components/TeamSettingsPage")),
});
