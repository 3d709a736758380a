import type { Task, TaskFilters, TaskSort } from "../api/tasks";
import { dayOf, isOverdue, later, startOf } from "../due";
import { PRIORITY_LABELS } from "../words";

type Comparison = (one: Task, other: Task) => number;

const PRIORITIES = Object.keys(PRIORITY_LABELS);

/** The orders of the server. Equal tasks are in the order of their ids. */
const ORDERS: Record<TaskSort, Comparison> = {
  created_at: descending(by(({ created_at }) => momentOf(created_at))),
  updated_at: descending(by(({ updated_at }) => momentOf(updated_at))),
  // the labels begin with the most urgent
  priority: (one, other) =>
    rankOf(one) - rankOf(other) || descending(by(({ id }) => id))(one, other),
  title: by(({ title }) => title.toLowerCase()),
  position: by(({ position }) => position),
  due_at: by(endOf),
};

/** How the tasks of a list are compared. */
export function comparisonOf({ sort_by = "created_at" }: TaskFilters): Comparison {
  return ORDERS[sort_by];
}

/** Whether a list shows a task; `null` where only the server knows which words match. */
export function belongsTo(filters: TaskFilters, task: Task, now: Date): boolean | null {
  const { status, priority, tag, due_after, due_before, overdue, q } = filters;
  const { assignee_id, assigned } = filters;
  const matches =
    (!status || status.includes(task.status)) &&
    (!priority || priority.includes(task.priority)) &&
    (tag ?? []).every((name) => task.tags.includes(name)) &&
    (!assignee_id || assignee_id.some((id) => id === task.assignee_id)) &&
    (assigned === undefined || (task.assignee_id !== null) === assigned) &&
    (!overdue || isOverdue(task, now)) &&
    (!due_after || !isDueBefore(task, due_after, true)) &&
    (!due_before || isDueBefore(task, due_before, false));
  return matches && q ? null : matches;
}

/** Days are compared with the day of a moment, in the time zone of this browser. */
function isDueBefore({ due_at, due_on }: Task, moment: string, otherwise: boolean): boolean {
  if (due_on !== null) return due_on < dayOf(new Date(moment));
  if (due_at !== null) return Date.parse(due_at) < Date.parse(moment);
  return otherwise;
}

/** A day comes after all its times, and a task without a due date comes last. */
function endOf({ due_at, due_on }: Task): number {
  if (due_on !== null) return startOf(later(due_on, 1)).getTime() - 0.001;
  return due_at === null ? Infinity : Date.parse(due_at);
}

function rankOf({ priority }: Task): number {
  return PRIORITIES.indexOf(priority);
}

/** A text that sorts like the moment, to the microsecond. */
function momentOf(time: string): string {
  const [seconds = "", fraction = ""] = time.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}`;
}

function by(key: (task: Task) => string | number): Comparison {
  return (one, other) => compare(key(one), key(other)) || compare(one.id, other.id);
}

function descending(comparison: Comparison): Comparison {
  return (one, other) => comparison(other, one);
}

function compare(one: string | number, other: string | number): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
