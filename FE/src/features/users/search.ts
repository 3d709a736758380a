import { optionsOf } from "@/lib/options";

import type { Role, UserFilters, UserSort } from "./api/users";

export const ROLE_LABELS: Record<Role, string> = { user: "User", admin: "Administrator" };
export const ROLE_OPTIONS = optionsOf(ROLE_LABELS);
export const STATE_LABELS = { active: "Active", inactive: "Deactivated" } as const;
const SORTS: Record<UserSort, true> = {
  created_at: true,
  email: true,
  full_name: true,
  username: true,
};

export type Order = "asc" | "desc";

/** The search of the list in the page's URL. */
export interface UserSearch {
  q?: string | undefined;
  role?: Role | undefined;
  state?: keyof typeof STATE_LABELS | undefined;
  sort?: UserSort | undefined;
  order?: Order | undefined;
}

/** Parse the search of a URL, which may hold anything. The router drops what is undefined. */
export function userSearchOf(search: Record<string, unknown>): UserSearch {
  const q = typeof search.q === "string" || typeof search.q === "number" ? String(search.q) : "";
  return {
    q: q.slice(0, 100) || undefined,
    role: isKeyOf(ROLE_LABELS, search.role) ? search.role : undefined,
    state: isKeyOf(STATE_LABELS, search.state) ? search.state : undefined,
    sort: isKeyOf(SORTS, search.sort) ? search.sort : undefined,
    order: search.order === "asc" || search.order === "desc" ? search.order : undefined,
  };
}

/** The API's query parameters for a search. */
export function userFiltersOf({ q, role, state, sort, order }: UserSearch): UserFilters {
  return {
    ...(q && { search: q }),
    ...(role && { role }),
    ...(state && { is_active: state === "active" }),
    ...(sort && { sort_by: sort }),
    ...(order && { sort_order: order }),
  };
}

export function isFiltered({ q, role, state }: UserSearch): boolean {
  return [q, role, state].some((filter) => filter !== undefined);
}

/** The column and order of the list, newest first by default. */
export function orderOf({ sort = "created_at", order }: UserSearch): [UserSort, Order] {
  return [sort, order ?? (sort === "created_at" ? "desc" : "asc")];
}

function isKeyOf<Key extends string>(labels: Record<Key, unknown>, value: unknown): value is Key {
  return typeof value === "string" && Object.hasOwn(labels, value);
}
