import { createFileRoute } from "@tanstack/react-router";

import { TrashPage } from "@/features/tasks/components/trash/TrashPage";

export const Route = createFileRoute("/_signed-in/trash")({
  head: () => ({ meta: [{ title: "Trash · Bounded" }] }),
  component: TrashPage,
});
