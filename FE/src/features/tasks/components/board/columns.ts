import { type TaskPages, tasksOf, totalOf } from "../../api/pages";
import type { Task, TaskFilters, TaskStatus } from "../../api/tasks";
import { STATUS_LABELS } from "../../words";

export const STATUSES = Object.keys(STATUS_LABELS) as TaskStatus[];

export interface Column {
  /** Those that are loaded, in the order by hand. */
  tasks: Task[];
  /** How many there are, loaded or not; `null` until that is known. */
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

/** Each task stands in the column of its status, also if that changed after it was fetched. */
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

/** How many a list had, without those that have left and with those that have come. */
function totalNow(list: TaskPages, tasks: ReadonlyMap<string, Task>): number | null {
  const total = totalOf(list);
  if (total === null) return null;
  return total - tasksOf(list).length + tasks.size;
}

function byPosition(one: Task, other: Task): number {
  if (one.position === other.position) return 0;
  // what is on its way to the server has none yet, and comes last
  if (one.position === "" || other.position === "") return one.position === "" ? 1 : -1;
  return one.position < other.position ? -1 : 1;
}
