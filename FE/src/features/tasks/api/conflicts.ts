import { type QueryClient, skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";

import type { Task, TaskChanges } from "./tasks";

const KEY = ["task-conflicts"];
let count = 0;

/** Another user has changed the task since; nothing was saved. */
export class TaskConflict extends Error {
  override readonly name = "TaskConflict";
  readonly number = (count += 1);

  constructor(
    /** The task as the user saw it when making the change. */
    readonly task: Task,
    readonly changes: TaskChanges,
    /** What the server holds. */
    readonly current: Task,
  ) {
    super("Somebody else has changed this task.");
  }
}

/** Queue a question about a change that met a newer version. */
export function addConflict(queryClient: QueryClient, conflict: TaskConflict): void {
  queryClient.setQueryData<TaskConflict[]>(KEY, (conflicts = []) => [...conflicts, conflict]);
}

/** The conflict to resolve next, and a function that settles it. They end with the session. */
export function useConflict(): [TaskConflict | undefined, () => void] {
  const queryClient = useQueryClient();
  const { data } = useQuery<TaskConflict[]>({
    queryKey: KEY,
    queryFn: skipToken,
    gcTime: Infinity,
    structuralSharing: false,
  });
  const settle = useCallback(
    () => void queryClient.setQueryData<TaskConflict[]>(KEY, (conflicts) => conflicts?.slice(1)),
    [queryClient],
  );
  return [data?.[0], settle];
}
