import { useMutation, useQueryClient } from "@tanstack/react-query";

import { newIdempotencyKey, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { apiOf } from "./collections";
import { markOutdated, updateLists } from "./cache";
import type { Creation } from "./mutations";
import { type TaskPages, withoutTask, withCreated, withTaskFirst, withTaskLast } from "./pages";
import { type Task, type TaskFilters, taskKeys } from "./tasks";
import { refetchMembersAfter } from "./unknownMember";

export type TaskDraft = components["schemas"]["CreateTaskRequest"];

/** Create a task, shown at once; the same creation, repeated after an error, makes one task. */
export function useCreateTask({
  onError,
}: {
  onError: (error: Error, creation: Creation) => void;
}) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationKey: taskKeys.create,
    mutationFn: ({ task, idempotencyKey }: Creation) =>
      unwrap(
        apiOf(queryClient).POST("/api/v1/tasks", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body: draftOf(task),
        }),
      ),
    onMutate: ({ task, filters }) =>
      queryClient.setQueryData<TaskPages>(
        taskKeys.list(filters),
        (list) =>
          list &&
          (filters.sort_by === "position" ? withTaskLast(list, task) : withTaskFirst(list, task)),
      ),
    onSuccess: async (saved, { task }) => {
      updateLists(queryClient, (list) => withCreated(list, saved, task.id));
      await markOutdated(queryClient);
    },
    onError: (error, creation) => {
      updateLists(queryClient, (list) => withoutTask(list, creation.task.id));
      onError(error, creation);
      refetchMembersAfter(error, queryClient);
      // the server may have created it anyway; not awaited, as that would keep the creation pending
      void queryClient.invalidateQueries({ queryKey: taskKeys.list(creation.filters) });
    },
    meta: { handlesErrors: true },
  });
}

/** Whether the server has not created a task yet: until then nothing can be done with it. */
export function isNew({ version }: Task): boolean {
  return version === 0;
}

export function creationOf(draft: TaskDraft, filters: TaskFilters): Creation {
  const idempotencyKey = newIdempotencyKey();
  const now = new Date().toISOString();
  const task: Task = {
    description: null,
    status: "todo",
    priority: "none",
    due_at: null,
    due_on: null,
    tags: [],
    assignee_id: null,
    ...draft,
    id: idempotencyKey,
    owner_id: "",
    team_id: null,
    position: "",
    version: 0,
    created_at: now,
    updated_at: now,
    completed_at: null,
    deleted_at: null,
  };
  return { task, filters, idempotencyKey };
}

function draftOf(task: Task): TaskDraft {
  const { title, description, status, priority, due_at, due_on, tags, assignee_id } = task;
  return { title, description, status, priority, due_at, due_on, tags, assignee_id };
}
