import { formatDistance } from "@/lib/format/dates";

import type { ApiKey, Scope } from "./api/apiKeys";

const DAY = 86_400_000;

interface ScopeOption {
  value: Scope;
  label: string;
}

const OF_USERS: ScopeOption[] = [
  { value: "tasks:read", label: "See tasks, and follow their changes" },
  { value: "tasks:write", label: "Add, change and delete tasks" },
  { value: "teams:read", label: "See my teams and their members" },
  { value: "teams:write", label: "Change teams, their members' roles and invitations" },
  { value: "users:read", label: "See my profile" },
  { value: "users:write", label: "Change my profile" },
];

const OF_ADMINS: ScopeOption[] = [
  { value: "tasks:read", label: "See tasks, those of all users too" },
  { value: "tasks:write", label: "Add, change and delete tasks, those of all users too" },
  { value: "teams:read", label: "See my teams and their members" },
  { value: "teams:write", label: "Change teams, their members' roles and invitations" },
  { value: "users:read", label: "See all users" },
  { value: "users:write", label: "Add users, change them and their roles" },
  { value: "audit:read", label: "Read the audit trail" },
  { value: "operations:read", label: "See deliveries and figures" },
  { value: "operations:write", label: "Retry deliveries" },
];

/** The scopes that a key may have: a script with it may never do more than its owner. */
export function scopeOptions(role: "user" | "admin"): ScopeOption[] {
  return role === "admin" ? OF_ADMINS : OF_USERS;
}

/** Days until a key expires; a year is a day less, as clocks differ. */
export const LIFE_OPTIONS = [
  { value: "7", label: "In 7 days" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "364", label: "In a year" },
];

export function expiryAfter(days: string, now = Date.now()): string {
  return new Date(now + Number(days) * DAY).toISOString();
}

export function isExpired(key: ApiKey, now = Date.now()): boolean {
  return new Date(key.expires_at).getTime() <= now;
}

/** The server rounds it down to the hour. */
export function describeUse(key: ApiKey, now = Date.now()): string {
  if (key.last_used_at === null) return "never used";
  const isOfThisHour = now - new Date(key.last_used_at).getTime() < 3_600_000;
  return `used ${isOfThisHour ? "within the last hour" : formatDistance(key.last_used_at, now)}`;
}

/** A command that shows how a script sends the key. */
export function curlOf(key: string, origin: string): string {
  return `curl -H "Authorization: Bearer ${key}" ${origin}/api/v1/tasks`;
}
