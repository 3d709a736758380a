import { useCallback } from "react";

import { newIdempotencyKey } from "@/lib/api/client";

import { useChangeTogether } from "../../api/changeTogether";
import { useDeleteTasks } from "../../api/deleteTasks";
import { OperationFailed } from "../../api/operationFailed";
import type { Task } from "../../api/tasks";
import type { ChangesOf } from "../../bulk";

export type Bulk = ReturnType<typeof useBulk>;

/** Change or delete several tasks: all, or none if one fails. */
export function useBulk() {
  const { mutate: changeTogether, reset: forgetChange, ...changing } = useChangeTogether();
  const { mutate: deleteTasks, reset: forgetDeletion, ...deleting } = useDeleteTasks();
  const forget = useCallback(() => {
    forgetChange();
    forgetDeletion();
  }, [forgetChange, forgetDeletion]);
  const change = useCallback(
    (tasks: Task[], changesOf: ChangesOf) => {
      forget();
      changeTogether({ tasks, changesOf, idempotencyKey: newIdempotencyKey() });
    },
    [changeTogether, forget],
  );
  const remove = useCallback(
    (tasks: Task[]) => {
      forget();
      deleteTasks({ tasks, idempotencyKey: newIdempotencyKey() });
    },
    [deleteTasks, forget],
  );
  const error = changing.error ?? deleting.error;
  return {
    change,
    remove,
    forget,
    isPending: changing.isPending,
    /** The task that could not be changed, and why. */
    failure: error instanceof OperationFailed ? error : null,
  };
}
