import { UserIcon } from "lucide-react";

import { Initials } from "@/components/Initials";
import { initialsOf } from "@/lib/format/initials";

import type { Task } from "../api/tasks";
import { SOMEBODY } from "../assignees";
import { useAssignee } from "../useMembers";
import { Fact } from "./Fact";

/** Who is to do a task of a team. */
export function AssigneeFact({ task }: { task: Task }) {
  const assignee = useAssignee(task.assignee_id);
  // with what one sees, so that it can be said to a computer that listens
  const value = assignee ? `${assignee.label}, ${initialsOf(assignee.name)}` : SOMEBODY;
  return (
    <Fact task={task} field="assignee" label="Assignee" value={task.assignee_id && value}>
      {assignee ? <Initials name={assignee.name} size={24} /> : <UserIcon size={16} />}
    </Fact>
  );
}
