import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/trash")({
  head: () => titled("Trash"),
  component: lazyPage(() => import("@/features/tasks/components/trash/TrashPage")),
});
