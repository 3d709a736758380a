import { createFileRoute } from "@tanstack/react-router";

import { lazyPage } from "@/components/lazyPart";
import { taskSearchOf } from "@/features/tasks/search";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/teams/$teamId/tasks")({
  head: () => titled("Tasks"),
  validateSearch: taskSearchOf,
  component: lazyPage(() => import("@/features/tasks/components/TeamTasksPage")),
});
