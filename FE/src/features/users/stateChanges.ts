import type { User, UserChanges } from "./api/users";

/** A change with one click, from the menu of a user. */
export interface StateChange {
  kind: "promote" | "demote" | "deactivate" | "activate";
  label: string;
  changes: UserChanges;
  /** The message once it is made. */
  done: string;
}

/** The changes that a user's menu offers, of the role first. */
export function stateChangesOf({ full_name: name, role, is_active }: User): StateChange[] {
  return [
    role === "user"
      ? {
          kind: "promote",
          label: "Make administrator",
          changes: { role: "admin" },
          done: `${name} is now an administrator.`,
        }
      : {
          kind: "demote",
          label: "Take administration away",
          changes: { role: "user" },
          done: `${name} is no longer an administrator.`,
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
