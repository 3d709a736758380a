import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { useTeam } from "@/lib/useTeam";

import { clientOfTeam } from "../api/teamCollections";

/** What is drawn in it is of the open team's tasks, and of no others. */
export function TeamTasks({ children }: { children: ReactNode }) {
  const { id } = useTeam();
  return <QueryClientProvider client={clientOfTeam(id)}>{children}</QueryClientProvider>;
}
