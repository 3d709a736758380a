import { UserIcon } from "lucide-react";

import { Initials } from "@/components/Initials";
import { initialsOf } from "@/lib/format/initials";

import type { Task } from "../api/tasks";
import { UNKNOWN_MEMBER } from "../assignees";
import { useAssignee } from "../useMembers";
import { Fact } from "./Fact";

/** The assignee of a team's task. */
export function AssigneeFact({ task }: { task: Task }) {
  const assignee = useAssignee(task.assignee_id);
  // includes the visible text, so that voice control can address it
  const value = assignee ? `${assignee.label}, ${initialsOf(assignee.name)}` : UNKNOWN_MEMBER;
  return (
    <Fact task={task} field="assignee" label="Assignee" value={task.assignee_id && value}>
      {assignee ? <Initials name={assignee.name} size={24} /> : <UserIcon size={16} />}
    </Fact>
  );
}
