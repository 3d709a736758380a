import { createContext, useContext } from "react";

import type { components } from "./api/schema";

export type Team = components["schemas"]["TeamResponse"];
export type TeamRole = components["schemas"]["TeamRole"];

/** From the least to the most: each role may do what those before it may. */
const ROLES: TeamRole[] = ["viewer", "member", "admin", "owner"];

export function isAtLeast(role: TeamRole, needed: TeamRole): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The team whose pages are open; `null` on all other pages. */
export const TeamContext = createContext<Team | null>(null);

export function useOpenTeam(): Team | null {
  return useContext(TeamContext);
}

/** Whether the user may change the tasks of the page: their own, or a team's unless a viewer. */
export function useMayWrite(): boolean {
  const team = useOpenTeam();
  return team === null || isAtLeast(team.role, "member");
}

/** Only for components below the pages of a team. */
export function useTeam(): Team {
  const team = useOpenTeam();
  if (team === null) throw new Error("No team is open.");
  return team;
}
