import { hashKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";

import { type Task, taskKeys } from "./api/tasks";

/** Call back whenever the details of a task are shown anew, with what they show. */
export function useNewVersions(id: string, onShown: (task: Task) => void): void {
  const queryClient = useQueryClient();
  const tell = useEffectEvent(onShown);
  useEffect(() => {
    const hash = hashKey(taskKeys.task(id));
    return queryClient.getQueryCache().subscribe(({ type, query }) => {
      const task = query.state.data as Task | undefined;
      if (type === "updated" && query.queryHash === hash && task) tell(task);
    });
  }, [queryClient, id]);
}
