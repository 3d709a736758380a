import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import { reportSuccess } from "@/lib/reports";

import { apiOf } from "./collections";
import { MOST_AT_ONCE } from "./changeTasks";
import { type TaskPages, withoutTask } from "./pages";
import { type Task, taskKeys } from "./tasks";

/** Take tasks out of the trash; they leave its list at once, and come back on an error. */
export function useRestoreTasks() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (tasks) => restore(queryClient, tasks),
    onMutate: async (tasks: Task[]) => {
      await queryClient.cancelQueries({ queryKey: taskKeys.trash });
      leaveTrash(queryClient, tasks);
    },
    onSuccess: reportRestored,
    onSettled: () => queryClient.invalidateQueries({ queryKey: taskKeys.all }),
  });
}

export async function restore(client: QueryClient, tasks: Task[]): Promise<Task[]> {
  const restored: Task[] = [];
  for (let start = 0; start < tasks.length; start += MOST_AT_ONCE) {
    const ids = tasks.slice(start, start + MOST_AT_ONCE).map(({ id }) => id);
    const { items } = await unwrap(
      apiOf(client).POST("/api/v1/tasks/trash/restore", { body: { ids } }),
    );
    restored.push(...items);
  }
  return restored;
}

function leaveTrash(queryClient: QueryClient, tasks: Task[]): void {
  queryClient.setQueryData<TaskPages>(
    taskKeys.trash,
    (trash) => trash && tasks.reduce((rest, { id }) => withoutTask(rest, id), trash),
  );
}

function reportRestored([first, ...others]: Task[]): void {
  const isOne = first !== undefined && others.length === 0;
  reportSuccess(isOne ? `“${first.title}” is back` : `${others.length + 1} tasks are back`);
}
