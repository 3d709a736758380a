import { UserIcon } from "lucide-react";

import { Initials } from "@/components/Initials";

import { SOMEBODY } from "../../assignees";
import { useNameOf } from "../../useMembers";
import classes from "./TaskBoard.module.css";

export function CardAssignee({ id }: { id: string }) {
  const name = useNameOf(id);
  return (
    <span className={classes.fact}>
      {name === undefined ? <UserIcon size={14} /> : <Initials name={name} size={18} />}
      {name ?? SOMEBODY}
    </span>
  );
}
