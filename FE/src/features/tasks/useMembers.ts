import { useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect } from "react";

import { type Member, MEMBERS_KEY } from "./api/members";

export type Members = ReadonlyMap<string, Member>;

/** Whom the tasks of the page can be assigned to; `null` for one's own, and until they are known. */
export const MembersContext = createContext<Members | null>(null);

export function useMembers(): Members | null {
  return useContext(MembersContext);
}

/** What an assignee is called. Who has joined since the members were asked for, is asked for. */
export function useNameOf(id: string | null): string | undefined {
  const members = useMembers();
  const queryClient = useQueryClient();
  const isUnknown = id !== null && members !== null && !members.has(id);
  useEffect(() => {
    if (isUnknown) void queryClient.invalidateQueries({ queryKey: MEMBERS_KEY });
  }, [isUnknown, id, queryClient]);
  return id === null ? undefined : members?.get(id)?.name;
}
