import { NativeSelect } from "@mantine/core";

import { optionsOf } from "@/lib/options";
import { useUser } from "@/lib/useSession";

import { useChangeTask } from "../api/changeTask";
import type { Task } from "../api/tasks";
import { assigneeLabels, NOBODY, SOMEBODY } from "../assignees";
import { useMembers, useNameOf } from "../useMembers";

/** Who is to do a task of a team; nothing for one's own. */
export function AssigneeField({ task }: { task: Task }) {
  const change = useChangeTask();
  const members = useMembers();
  const { id } = useUser();
  const { assignee_id } = task;
  const isUnknown = useNameOf(assignee_id) === undefined;
  if (members === null) return null;
  const labels = assigneeLabels(members, id);
  if (assignee_id !== null && isUnknown) labels[assignee_id] = SOMEBODY;
  return (
    <NativeSelect
      label="Assignee"
      data={optionsOf(labels)}
      value={assignee_id ?? NOBODY}
      onChange={({ currentTarget }) => change(task, { assignee_id: currentTarget.value || null })}
    />
  );
}
