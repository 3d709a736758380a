import { type TaskPages, tasksOf } from "./pages";
import type { Task } from "./tasks";

export function withoutTasks<List extends TaskPages>(list: List, ids: ReadonlySet<string>): List {
  const removed = tasksOf(list).filter(({ id }) => ids.has(id)).length;
  if (removed === 0) return list;
  const pages = list.pages.map((page) => ({
    ...page,
    items: page.items.filter(({ id }) => !ids.has(id)),
    ...(page.total !== undefined && { total: page.total - removed }),
  }));
  return { ...list, pages };
}

/** The list with tasks that it had `before` their removal, each after the one that it followed. */
export function withTasksBack<List extends TaskPages>(
  list: List,
  before: Task[],
  tasks: Task[],
): List {
  const present = new Set(tasksOf(list).map(({ id }) => id));
  const missing = new Map(
    tasks.filter(({ id }) => !present.has(id)).map((task) => [task.id, task]),
  );
  // the tasks to insert at the front, and after each present task
  const followers = new Map<string | null, Task[]>();
  let last: string | null = null;
  let count = 0;
  for (const { id } of before) {
    const task = missing.get(id);
    if (task) {
      followers.set(last, [...(followers.get(last) ?? []), task]);
      count += 1;
    } else if (present.has(id)) last = id;
  }
  if (count === 0) return list;
  const pages = list.pages.map((page, number) => ({
    ...page,
    items: [
      ...(number === 0 ? (followers.get(null) ?? []) : []),
      ...page.items.flatMap((task) => [task, ...(followers.get(task.id) ?? [])]),
    ],
    ...(page.total !== undefined && { total: page.total + count }),
  }));
  return { ...list, pages };
}
