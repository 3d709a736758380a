import { createFileRoute } from "@tanstack/react-router";

import { tasksQuery } from "@/features/tasks/api/tasks";
import { TasksPage } from "@/features/tasks/components/TasksPage";
import { dayOf } from "@/features/tasks/due";
import { filtersOf, taskSearchOf } from "@/features/tasks/search";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/")({
  head: () => titled("Tasks"),
  validateSearch: taskSearchOf,
  loaderDeps: ({ search }) => ({
    view: search.view,
    filters: filtersOf(search, dayOf(new Date())),
  }),
  loader: ({ context, deps: { view, filters } }) => {
    if (view === "board") return;
    // the page says if it fails
    context.queryClient.infiniteQuery(tasksQuery(filters)).catch(() => undefined);
  },
  component: TasksPage,
});
