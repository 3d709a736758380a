import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components, operations } from "@/lib/api/schema";

export type User = components["schemas"]["UserResponse"];
export type ListedUser = components["schemas"]["ListedUserResponse"];
export type Role = components["schemas"]["Role"];
export type UserSort = components["schemas"]["UserSort"];
export type UserDraft = components["schemas"]["CreateUserRequest"];
export type UserChanges = components["schemas"]["ChangeUserRequest"];
export type UserFilters = Omit<
  NonNullable<operations["list_users"]["parameters"]["query"]>,
  "cursor" | "limit"
>;

const PAGE = 50;

/** The keys of the admins' queries about users. */
export const userKeys = {
  all: ["users"] as const,
  list: (filters: UserFilters) => ["users", "list", filters] as const,
  one: (id: string) => ["users", "one", id] as const,
  stats: ["users", "stats"] as const,
};

/** The users that match, page by page. */
export function usersQuery(filters: UserFilters) {
  return infiniteQueryOptions({
    queryKey: userKeys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/users", {
          params: {
            query: { ...filters, limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    // the previous list is shown until the next one is loaded
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function userStatsQuery() {
  return queryOptions({
    queryKey: userKeys.stats,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/users/stats", { signal })),
  });
}

export function readUser(id: string, signal?: AbortSignal): Promise<User> {
  const path = { user_id: id };
  return unwrap(
    api.GET("/api/v1/users/{user_id}", { params: { path }, ...(signal && { signal }) }),
  );
}

/** A user as they are now, whatever was read before. */
export function newestUserQuery(id: string) {
  return queryOptions({
    queryKey: userKeys.one(id),
    queryFn: ({ signal }) => readUser(id, signal),
    staleTime: 0,
    gcTime: 0,
  });
}
