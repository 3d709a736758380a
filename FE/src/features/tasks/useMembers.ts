import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { teamIdOf } from "./api/collections";
import { askFor, membersQuery } from "./api/members";
import { labelsOf } from "./assignees";

/** Whether the tasks that are shown can be assigned: a team's can. */
export function useIsOfTeam(): boolean {
  return teamIdOf(useQueryClient()) !== null;
}

/** Whom the tasks that are shown can be assigned to. */
export function useMembers() {
  return useQuery(membersQuery(useQueryClient()));
}

/** The name of an assignee, and what to call them; `undefined` until it is known. */
export function useAssignee(id: string | null) {
  const client = useQueryClient();
  const { data: members } = useMembers();
  const isUnknown = id !== null && members !== undefined && !members.has(id);
  useEffect(() => {
    if (isUnknown) askFor(client, id);
  }, [isUnknown, id, client]);
  const member = id === null ? undefined : members?.get(id);
  if (member === undefined || members === undefined) return undefined;
  return { name: member.name, label: labelsOf(members).get(member.user_id) ?? member.name };
}
