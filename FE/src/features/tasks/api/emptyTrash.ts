import { useMutation, useQueryClient } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";

import { apiOf } from "./collections";
import { taskKeys } from "./tasks";

/** Delete the tasks in the trash for good. */
export function useEmptyTrash() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(apiOf(queryClient).DELETE("/api/v1/tasks/trash")),
    onSuccess: () => queryClient.resetQueries({ queryKey: taskKeys.trash }),
  });
}
