import type { Role, User, UserChanges } from "./api/users";
import { ROLE_LABELS } from "./search";

/** The fields of a user in the form, where an empty username is none. */
export interface UserFields {
  full_name: string;
  username: string;
  role: Role;
  is_active: boolean;
}

const NAMES = ["full_name", "username", "role", "is_active"] as const;

export function fieldsOf({ full_name, username, role, is_active }: User): UserFields {
  return { full_name, username: username ?? "", role, is_active };
}

/** The changes to send: only the fields that differ. */
export function changesOf(fields: UserFields, user: User): UserChanges {
  const { full_name, username, role, is_active } = fields;
  const before = fieldsOf(user);
  return {
    ...(full_name !== before.full_name && { full_name }),
    ...(username !== before.username && { username: username.trim() || null }),
    ...(role !== before.role && { role }),
    ...(is_active !== before.is_active && { is_active }),
  };
}

/** Whether the user already has the values of the changes. */
export function isMade(changes: UserChanges, user: User): boolean {
  return NAMES.every((name) => changes[name] === undefined || changes[name] === user[name]);
}

/** The fields that were changed here, applied to the user as another admin saved it. */
export function rebase(fields: UserFields, before: User, current: User): UserFields {
  const old = fieldsOf(before);
  const changed = NAMES.filter((name) => fields[name] !== old[name]);
  return {
    ...fieldsOf(current),
    ...Object.fromEntries(changed.map((name) => [name, fields[name]])),
  };
}

/** The values of a user that differ from the fields, in words. */
export function differencesOf(fields: UserFields, user: User): string[] {
  const theirs = fieldsOf(user);
  return NAMES.filter((name) => fields[name] !== theirs[name]).map((name) => {
    if (name === "full_name") return `Name: ${theirs.full_name}`;
    if (name === "username") return `Username: ${theirs.username || "none"}`;
    if (name === "role") return `Role: ${ROLE_LABELS[theirs.role]}`;
    return theirs.is_active ? "Active" : "Deactivated";
  });
}
