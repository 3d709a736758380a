import { hashKey, type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";

import { report, reportError } from "@/lib/reports";

import { markOutdated } from "./cache";
import { changeTasks } from "./changeTasks";
import type { Deletion } from "./mutations";
import { reportFailure } from "./operationFailed";
import { type TaskPages, tasksOf } from "./pages";
import { withoutTasks, withTasksBack } from "./removal";
import { restore } from "./restoreTasks";
import { changesSettled } from "./settled";
import { type Task, taskKeys } from "./tasks";
import { latestVersion } from "./versions";
import { UndoMessage } from "../components/UndoMessage";

const TIME_TO_UNDO = 10_000;

/** The lists as they were before tasks left them. */
type Lists = [key: readonly unknown[], tasks: Task[]][];

/** Tasks leave every list at once. They come back on an error, and by Undo. */
export function useDeleteTasks() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey: taskKeys.delete,
    mutationFn: async ({ tasks, idempotencyKey }: Deletion) => {
      await changesSettled(queryClient, idsOf(tasks));
      const operations = tasks.map((task) => ({
        op: "delete" as const,
        id: task.id,
        if_match: latestVersion(task),
      }));
      await changeTasks(queryClient, operations, idempotencyKey);
    },
    onMutate: ({ tasks }) => leaveLists(queryClient, tasks),
    onSuccess: (_result, { tasks }, lists) => offerUndo(queryClient, tasks, lists),
    onError: (error, { tasks }, lists) => {
      reportFailure(error, tasks, "deleted");
      if (lists) returnToLists(queryClient, tasks, lists);
      // The server may have deleted them anyway, or another user did. Not awaited: a response that
      // comes while the deletion is pending is shown without the tasks.
      void queryClient.invalidateQueries({ queryKey: taskKeys.lists });
    },
    onSettled: async () => {
      await markOutdated(queryClient);
      await queryClient.invalidateQueries({ queryKey: taskKeys.trash });
    },
    meta: { handlesErrors: true },
  });
}

function offerUndo(queryClient: QueryClient, tasks: Task[], lists: Lists): void {
  const hide = report({
    autoClose: TIME_TO_UNDO,
    message: (
      <UndoMessage
        tasks={tasks}
        onUndo={() => {
          hide();
          undo(queryClient, tasks, lists).catch(reportError);
        }}
      />
    ),
  });
}

async function undo(queryClient: QueryClient, tasks: Task[], lists: Lists): Promise<void> {
  try {
    returnToLists(queryClient, await restore(queryClient, tasks), lists);
    await markOutdated(queryClient);
  } finally {
    // lists that were fetched without the tasks, and the trash
    const known = new Set(lists.map(([key]) => hashKey(key)));
    await queryClient.invalidateQueries({
      queryKey: taskKeys.all,
      predicate: ({ queryHash }) => !known.has(queryHash),
    });
  }
}

function leaveLists(queryClient: QueryClient, tasks: Task[]): Lists {
  const ids = idsOf(tasks);
  const lists = queryClient.getQueriesData<TaskPages>({ queryKey: taskKeys.lists });
  for (const [key, list] of lists) {
    if (list) queryClient.setQueryData<TaskPages>(key, withoutTasks(list, ids));
  }
  return lists.flatMap(([key, list]) => (list ? [[key, tasksOf(list)]] : []));
}

function returnToLists(queryClient: QueryClient, tasks: Task[], lists: Lists): void {
  for (const [key, before] of lists) {
    queryClient.setQueryData<TaskPages>(key, (list) => list && withTasksBack(list, before, tasks));
  }
}

function idsOf(tasks: Task[]): ReadonlySet<string> {
  return new Set(tasks.map(({ id }) => id));
}
