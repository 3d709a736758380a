import { UserIcon } from "lucide-react";

import { Initials } from "@/components/Initials";

import { UNKNOWN_MEMBER } from "../../assignees";
import { useAssignee } from "../../useMembers";
import classes from "./TaskBoard.module.css";

export function CardAssignee({ id }: { id: string }) {
  const assignee = useAssignee(id);
  return (
    <span className={classes.fact}>
      {assignee ? <Initials name={assignee.name} size={18} /> : <UserIcon size={14} />}
      {assignee?.label ?? UNKNOWN_MEMBER}
    </span>
  );
}
