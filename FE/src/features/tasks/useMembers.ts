import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { teamIdOf } from "./api/collections";
import { refetchFor, membersQuery } from "./api/members";
import { labelsOf } from "./assignees";

/** Whether the shown tasks are a team's, and can be assigned. */
export function useIsOfTeam(): boolean {
  return teamIdOf(useQueryClient()) !== null;
}

/** The members to whom the shown tasks can be assigned. */
export function useMembers() {
  return useQuery(membersQuery(useQueryClient()));
}

/** The name of an assignee, and their label; `undefined` until they are loaded. */
export function useAssignee(id: string | null) {
  const client = useQueryClient();
  const { data: members } = useMembers();
  const isUnknown = id !== null && members !== undefined && !members.has(id);
  useEffect(() => {
    if (isUnknown) refetchFor(client, id);
  }, [isUnknown, id, client]);
  const member = id === null ? undefined : members?.get(id);
  if (member === undefined || members === undefined) return undefined;
  return { name: member.name, label: labelsOf(members).get(member.user_id) ?? member.name };
}
