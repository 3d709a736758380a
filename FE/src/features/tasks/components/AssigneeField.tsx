import { NativeSelect } from "@mantine/core";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { optionsOf } from "@/lib/options";
import { useUser } from "@/lib/useSession";

import { useChangeTask } from "../api/changeTask";
import type { Task } from "../api/tasks";
import { assigneeLabels, NOBODY, UNKNOWN_MEMBER } from "../assignees";
import { useAssignee, useIsOfTeam, useMembers } from "../useMembers";

/** The assignee of a team's task; nothing for the user's own tasks. */
export function AssigneeField({ task }: { task: Task }) {
  return useIsOfTeam() && <Field task={task} />;
}

function Field({ task }: { task: Task }) {
  const change = useChangeTask();
  const members = useMembers();
  const { id } = useUser();
  const { assignee_id } = task;
  const isUnknown = useAssignee(assignee_id) === undefined;
  if (members.isPending) return <LoadingNotice rows={1} isPaused={members.isPaused} />;
  if (members.isLoadingError)
    return <ErrorNotice error={members.error} onRetry={() => void members.refetch()} />;
  const labels = assigneeLabels(members.data, id);
  if (assignee_id !== null && isUnknown) labels[assignee_id] = UNKNOWN_MEMBER;
  return (
    <NativeSelect
      label="Assignee"
      data={optionsOf(labels)}
      value={assignee_id ?? NOBODY}
      onChange={({ currentTarget }) => change(task, { assignee_id: currentTarget.value || null })}
    />
  );
}
