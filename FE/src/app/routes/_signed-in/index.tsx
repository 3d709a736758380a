import { createFileRoute } from "@tanstack/react-router";

import { TasksPage } from "@/features/tasks/components/TasksPage";

export const Route = createFileRoute("/_signed-in/")({
  head: () => ({ meta: [{ title: "Tasks · Bounded" }] }),
  component: TasksPage,
});
