import type { Priority, TaskFilters, TaskSort, TaskStatus } from "./api/tasks";
import type { TaskDraft } from "./api/createTask";
import { later, startOf } from "./due";
import { PRIORITY_LABELS, SORT_LABELS, STATUS_LABELS } from "./words";

export const DUE_LABELS = {
  overdue: "Overdue",
  today: "Due today",
  week: "Due in 7 days",
} as const;

export const ASSIGNEE_LABELS = {
  me: "Assigned to me",
  nobody: "Assigned to nobody",
} as const;

export type AssigneeFilter = keyof typeof ASSIGNEE_LABELS;

export type DueFilter = keyof typeof DUE_LABELS;

/** The search of the list in the page's URL. */
export interface TaskSearch {
  q?: string | undefined;
  status?: TaskStatus[] | undefined;
  priority?: Priority[] | undefined;
  tag?: string[] | undefined;
  due?: DueFilter | undefined;
  /** Only for a team's tasks. */
  assignee?: AssigneeFilter | undefined;
  sort?: Exclude<TaskSort, "created_at"> | undefined;
  /** A board by status in place of the list. */
  view?: "board" | undefined;
  /** The task whose details are open. */
  task?: string | undefined;
}

/** The user and the day that filters such as `me` and `today` refer to. */
export interface SearchContext {
  today: string;
  userId: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LONGEST_QUERY = 200;
const LONGEST_TAG = 50;
const MOST_TAGS = 20;

/**
 * Parse the search of a URL, which may hold anything. What is invalid becomes `undefined`: the
 * router would keep what is only left out.
 */
export function taskSearchOf(search: Record<string, unknown>): Required<TaskSearch> {
  const [sort] = knownOf(search.sort, SORT_LABELS);
  const task = textOf(search.task);
  return {
    q: textOf(search.q).trim().slice(0, LONGEST_QUERY) || undefined,
    status: someOf(knownOf(search.status, STATUS_LABELS)),
    priority: someOf(knownOf(search.priority, PRIORITY_LABELS)),
    tag: someOf(tagsOf(search.tag)),
    due: knownOf(search.due, DUE_LABELS)[0],
    assignee: knownOf(search.assignee, ASSIGNEE_LABELS)[0],
    sort: sort === "created_at" ? undefined : sort,
    view: search.view === "board" ? "board" : undefined,
    task: UUID.test(task) ? task : undefined,
  };
}

/** The search of the user's own tasks, which have no assignees. */
export function ownSearchOf(search: Record<string, unknown>): Required<TaskSearch> {
  return { ...taskSearchOf(search), assignee: undefined };
}

/** The API's query parameters for a search, for a user and a day of this time zone. */
export function filtersOf(search: TaskSearch, { today, userId }: SearchContext): TaskFilters {
  const { q, status, priority, tag, due, assignee, sort } = search;
  const filters: TaskFilters = {
    ...(q && { q }),
    ...(status && { status }),
    ...(priority && { priority }),
    ...(tag && { tag }),
    ...(due === "overdue" && { overdue: true }),
    ...(due === "today" && daysFrom(today, 1)),
    ...(due === "week" && daysFrom(today, 7)),
    ...(assignee === "me" && { assignee_id: [userId] }),
    ...(assignee === "nobody" && { assigned: false }),
    ...(sort && { sort_by: sort }),
  };
  const depends = due !== undefined || sort === "due_at";
  return depends ? { ...filters, tz: Intl.DateTimeFormat().resolvedOptions().timeZone } : filters;
}

/** Whether the list shows some tasks only. */
export function isFiltered({ q, status, priority, tag, due, assignee }: TaskSearch): boolean {
  return [q, status, priority, tag, due, assignee].some((filter) => filter !== undefined);
}

/** A new task for the shown list: it takes over the filters that are unambiguous. */
export function draftIn(
  search: TaskSearch,
  title: string,
  { today, userId }: SearchContext,
): TaskDraft {
  const [status, ...otherStatuses] = search.status ?? [];
  const [priority, ...otherPriorities] = search.priority ?? [];
  return {
    title,
    ...(status && otherStatuses.length === 0 && { status }),
    ...(priority && otherPriorities.length === 0 && { priority }),
    ...(search.tag && { tags: search.tag }),
    ...(search.due === "today" && { due_on: today }),
    ...(search.assignee === "me" && { assignee_id: userId }),
  };
}

function daysFrom(day: string, days: number): Pick<TaskFilters, "due_after" | "due_before"> {
  return {
    due_after: startOf(day).toISOString(),
    due_before: startOf(later(day, days)).toISOString(),
  };
}

function tagsOf(value: unknown): string[] {
  const tags = new Set(listOf(value).map((tag) => tag.trim()));
  return [...tags].filter((tag) => tag !== "" && tag.length <= LONGEST_TAG).slice(0, MOST_TAGS);
}

function someOf<Value>(values: Value[]): Value[] | undefined {
  return values.length > 0 ? values : undefined;
}

function knownOf<Value extends string>(value: unknown, known: Record<Value, string>): Value[] {
  const values = listOf(value);
  return (Object.keys(known) as Value[]).filter((name) => values.includes(name));
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(textOf);
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
