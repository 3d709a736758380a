import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/teams/$teamId/trash")({
  head: () => titled("Trash"),
  component: lazyPage(() => import("@/features/tasks/components/TeamTrashPage")),
});
