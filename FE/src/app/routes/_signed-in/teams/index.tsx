import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/teams/")({
  head: () => titled("Teams"),
  component: lazyPage(() => import("@/features/teams/components/TeamsPage")),
});
