import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { useTeam } from "@/lib/useTeam";

import { clientOfTeam } from "../api/teamCollections";

/** Its children work on the tasks of the open team, and no others. */
export function TeamTasks({ children }: { children: ReactNode }) {
  const { id } = useTeam();
  return <QueryClientProvider client={clientOfTeam(id)}>{children}</QueryClientProvider>;
}
