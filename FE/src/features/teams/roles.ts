import { optionsOf } from "@/lib/options";
import { isAtLeast, type TeamRole } from "@/lib/useTeam";

export const ROLE_LABELS: Record<TeamRole, string> = {
  viewer: "Viewer",
  member: "Member",
  admin: "Admin",
  owner: "Owner",
};

/** What each role may do. */
export const ROLE_TEXTS: Record<TeamRole, string> = {
  viewer: "sees everything and changes nothing",
  member: "changes what belongs to the team",
  admin: "also invites and removes members, and renames the team",
  owner: "also makes others owners, and deletes the team",
};

/** The roles that a member may give: none above their own. */
export function rolesToGive(giver: TeamRole) {
  if (!isAtLeast(giver, "admin")) return [];
  return optionsOf(ROLE_LABELS).filter(({ value }) => isAtLeast(giver, value));
}

/** Whether `actor` may give another member another role, or remove them. */
export function mayChangeMember(actor: TeamRole, other: TeamRole): boolean {
  return isAtLeast(actor, "admin") && isAtLeast(actor, other);
}
