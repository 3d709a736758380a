import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";

export const Route = createFileRoute("/_signed-in/trash")({
  head: () => ({ meta: [{ title: "Trash · Bounded" }] }),
  component: lazyPage(() => import("@/features/tasks/components/trash/TrashPage")),
});
