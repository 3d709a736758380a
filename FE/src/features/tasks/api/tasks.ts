import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import type { components, operations } from "@/lib/api/schema";

import { apiOf } from "./collections";
import { watchMutations, withMutations } from "./mutations";

export type Task = components["schemas"]["TaskResponse"];
export type TaskStatus = components["schemas"]["Status"];
export type Priority = components["schemas"]["Priority"];
export type TaskSort = components["schemas"]["TaskSort"];
export type TaskChanges = components["schemas"]["ChangeTaskRequest"];
export type TaskPage = components["schemas"]["TaskListResponse"];
export type TaskFilters = Omit<
  NonNullable<operations["list_tasks"]["parameters"]["query"]>,
  "cursor" | "limit" | "total"
>;

const FIRST_PAGE = 50;
const LATER_PAGE = 100;
const MOST_PAGES_TO_REFETCH = 5;

/** The keys of this feature's queries and mutations. */
export const taskKeys = {
  all: ["tasks"] as const,
  lists: ["tasks", "list"] as const,
  list: (filters: TaskFilters) => [...taskKeys.lists, filters] as const,
  tasks: ["tasks", "task"] as const,
  task: (id: string) => [...taskKeys.tasks, id] as const,
  tags: ["tasks", "tags"] as const,
  stats: ["tasks", "stats"] as const,
  create: ["tasks", "create"] as const,
  changes: ["tasks", "change"] as const,
  change: (id: string) => [...taskKeys.changes, id] as const,
  moves: ["tasks", "move"] as const,
  move: (id: string) => [...taskKeys.moves, id] as const,
  delete: ["tasks", "delete"] as const,
  trash: ["tasks", "trash"] as const,
};

/** Not below `taskKeys.all`: invalidating the tasks does not refetch the team's members. */
export const MEMBERS_KEY = ["members"] as const;

/** The tasks that match, page by page; the first page says how many there are. */
export function tasksQuery(filters: TaskFilters) {
  return infiniteQueryOptions({
    queryKey: taskKeys.list(filters),
    queryFn: async ({ client, pageParam, signal }) => {
      const mutations = watchMutations(client);
      const page = await unwrap(
        apiOf(client).GET("/api/v1/tasks", {
          params: {
            query: {
              ...filters,
              ...(pageParam === null
                ? { limit: FIRST_PAGE, total: true }
                : { limit: LATER_PAGE, cursor: pageParam }),
            },
          },
          signal,
        }),
      );
      return withMutations(page, mutations(), filters, pageParam === null);
    },
    // the previous list is shown until the next one is loaded
    placeholderData: keepPreviousData,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // not for a long list: all of its pages would be fetched again
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 0) <= MOST_PAGES_TO_REFETCH,
  });
}
