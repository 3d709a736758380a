import { useInfiniteQuery } from "@tanstack/react-query";

import { type TaskFilters, type TaskStatus, tasksQuery } from "../../api/tasks";
import { columnFilters, columnOf, type FetchedList } from "./columns";

/** The three columns, each a list loaded page by page. */
export function useBoard(filters: TaskFilters) {
  const queries = {
    todo: useInfiniteQuery(tasksQuery(columnFilters("todo", filters))),
    in_progress: useInfiniteQuery(tasksQuery(columnFilters("in_progress", filters))),
    done: useInfiniteQuery(tasksQuery(columnFilters("done", filters))),
  };
  const lists = Object.entries(queries).map(([status, { data }]): FetchedList => ({
    status: status as TaskStatus,
    list: data,
  }));
  return (status: TaskStatus) => ({ query: queries[status], ...columnOf(status, lists) });
}

export type BoardColumnData = ReturnType<ReturnType<typeof useBoard>>;
