import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { useTeam } from "@/lib/useTeam";

import { clientOfTeam } from "../api/collections";
import { membersQuery } from "../api/members";
import { MembersContext } from "../useMembers";
import { TaskConflicts } from "./TaskConflicts";

/** What is drawn in it is of the open team's tasks, and of no others. */
export function TeamTasks({ children }: { children: ReactNode }) {
  const { id } = useTeam();
  const client = clientOfTeam(id);
  const { data: members = null } = useQuery(membersQuery(id), client);
  return (
    <QueryClientProvider client={client}>
      <MembersContext value={members}>
        {children}
        <TaskConflicts />
      </MembersContext>
    </QueryClientProvider>
  );
}
