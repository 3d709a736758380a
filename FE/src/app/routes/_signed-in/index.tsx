import { createFileRoute } from "@tanstack/react-router";

import { tasksQuery } from "@/features/tasks/api/tasks";
import { TasksPage } from "@/features/tasks/components/TasksPage";
import { dayOf } from "@/features/tasks/due";
import { filtersOf, ownSearchOf } from "@/features/tasks/search";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_signed-in/")({
  head: () => titled("Tasks"),
  validateSearch: ownSearchOf,
  // the open task is loaded separately
  loaderDeps: ({ search }) => ({ ...search, task: undefined }),
  loader: ({ context, deps: search }) => {
    const userId = context.session.state.user?.id;
    if (search.view === "board" || userId === undefined) return;
    const filters = filtersOf(search, { today: dayOf(new Date()), userId });
    // the page shows a failure
    context.queryClient.infiniteQuery(tasksQuery(filters)).catch(() => undefined);
  },
  component: TasksPage,
});
