import { type TaskPages, tasksOf, totalOf } from "../../api/pages";
import type { Task, TaskFilters, TaskStatus } from "../../api/tasks";
import { STATUS_LABELS } from "../../words";

export const STATUSES = Object.keys(STATUS_LABELS) as TaskStatus[];

export interface Column {
  /** The loaded ones, in the manual order. */
  tasks: Task[];
  /** How many there are, loaded or not; `null` until the list is loaded. */
  total: number | null;
}

/** A list as it was fetched: at that time its tasks had this status. */
export interface FetchedList {
  status: TaskStatus;
  list: TaskPages | undefined;
}

export function columnFilters(status: TaskStatus, filters: TaskFilters): TaskFilters {
  return { ...filters, status: [status], sort_by: "position" };
}

/** Each task is in the column of its status, even if that changed after it was fetched. */
export function columnOf(status: TaskStatus, lists: FetchedList[]): Column {
  const own = lists.find((fetched) => fetched.status === status)?.list;
  const all = lists.flatMap(({ list }) => (list ? tasksOf(list) : []));
  const tasks = new Map(
    all.filter((task) => task.status === status).map((task) => [task.id, task]),
  );
  return {
    tasks: [...tasks.values()].sort(byPosition),
    total: own ? totalNow(own, tasks) : null,
  };
}

/** The total of a list, less the tasks that left it and plus those that entered it. */
function totalNow(list: TaskPages, tasks: ReadonlyMap<string, Task>): number | null {
  const total = totalOf(list);
  if (total === null) return null;
  return total - tasksOf(list).length + tasks.size;
}

function byPosition(one: Task, other: Task): number {
  if (one.position === other.position) return 0;
  // a task that the server has not created yet has none, and comes last
  if (one.position === "" || other.position === "") return one.position === "" ? 1 : -1;
  return one.position < other.position ? -1 : 1;
}
