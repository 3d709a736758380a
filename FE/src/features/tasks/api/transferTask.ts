import {
  mutationOptions,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import type { Team } from "@/lib/useTeam";

import { markOutdated, updateLists } from "./cache";
import { openedClientOf } from "./teamCollections";
import type { Deletion } from "./mutations";
import { withoutTask } from "./pages";
import { changesSettled } from "./settled";
import { type Task, taskKeys } from "./tasks";
import { latestVersion } from "./versions";

/** A deletion, for the lists that the task leaves. */
interface Transfer extends Deletion {
  tasks: [Task];
  team: Team;
}

/** Give a task of the user to a team. */
export function useTransferTask() {
  return useMutation(transferMutation(useQueryClient()));
}

export function transferMutation(queryClient: QueryClient) {
  return mutationOptions({
    mutationKey: taskKeys.delete,
    mutationFn: async ({ tasks: [task], team, idempotencyKey }: Transfer) => {
      await changesSettled(queryClient, new Set([task.id]));
      await unwrap(
        api.POST("/api/v1/tasks/{task_id}/transfer", {
          params: {
            path: { task_id: task.id },
            header: { "Idempotency-Key": idempotencyKey, ...ifMatch(latestVersion(task)) },
          },
          body: { team_id: team.id },
        }),
      );
    },
    onSuccess: async (_result, { tasks: [task], team }) => {
      updateLists(queryClient, (list) => withoutTask(list, task.id));
      queryClient.removeQueries({ queryKey: taskKeys.task(task.id) });
      await markOutdated(queryClient);
      await openedClientOf(team.id)?.invalidateQueries({ queryKey: taskKeys.all });
    },
    // Another user may have changed the task, or this user's role. Not awaited: a response during
    // the transfer is shown without the task.
    onError: () => void queryClient.invalidateQueries({ queryKey: taskKeys.all }),
    meta: { handlesErrors: true },
  });
}
