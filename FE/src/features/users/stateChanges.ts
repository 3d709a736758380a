import type { User, UserChanges } from "./api/users";

/** A change at one click, from the menu of a user. */
export interface StateChange {
  kind: "promote" | "demote" | "deactivate" | "activate";
  label: string;
  changes: UserChanges;
  /** What is said once it is made. */
  done: string;
}

/** What can be made of a user, of the role first. */
export function stateChangesOf({ full_name: name, role, is_active }: User): StateChange[] {
  return [
    role === "user"
      ? {
          kind: "promote",
          label: "Make administrator",
          changes: { role: "admin" },
          done: `${name} is an administrator now.`,
        }
      : {
          kind: "demote",
          label: "Take administration away",
          changes: { role: "user" },
          done: `${name} is no administrator any more.`,
        },
    is_active
      ? {
          kind: "deactivate",
          label: "Deactivate",
          changes: { is_active: false },
          done: `${name} can no longer sign in.`,
        }
      : {
          kind: "activate",
          label: "Activate",
          changes: { is_active: true },
          done: `${name} can sign in again.`,
        },
  ];
}
