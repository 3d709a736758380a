import { UserIcon } from "lucide-react";

import { Initials } from "@/components/Initials";
import { initialsOf } from "@/lib/format/initials";

import type { Task } from "../api/tasks";
import { SOMEBODY } from "../assignees";
import { useNameOf } from "../useMembers";
import { Fact } from "./Fact";

/** Who is to do a task of a team. */
export function AssigneeFact({ task }: { task: Task }) {
  const name = useNameOf(task.assignee_id);
  // with what one sees, so that it can be said to a computer that listens
  const value = name === undefined ? SOMEBODY : `${name}, ${initialsOf(name)}`;
  return (
    <Fact task={task} field="assignee" label="Assignee" value={task.assignee_id && value}>
      {name === undefined ? <UserIcon size={16} /> : <Initials name={name} size={24} />}
    </Fact>
  );
}
