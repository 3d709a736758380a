import { isNew } from "../api/createTask";
import { type TaskPages, tasksOf } from "../api/pages";
import type { Task, TaskFilters } from "../api/tasks";
import { belongsTo, comparisonOf } from "./order";

export interface Placed {
  list: TaskPages;
  /** How much of it is certain: all, the tasks but not their total, or nothing. */
  sure: "all" | "tasks" | "nothing";
}

/** A list with a task placed by its order and filters, or without it. */
export function withTaskInPlace(
  list: TaskPages,
  task: Task,
  { filters, isAdded, now }: { filters: TaskFilters; isAdded: boolean; now: Date },
): Placed {
  const belongs = belongsTo(filters, task, now);
  const wasThere = tasksOf(list).some(({ id }) => id === task.id);
  if (belongs === null) return { list: withTaskWhereItWas(list, task), sure: "nothing" };
  const before = wasThere || (!isAdded && hasMore(list) ? null : false);
  const rest = withoutItem(list, task.id);
  const placed = belongs ? withItem(rest, task, comparisonOf(filters)) : rest;
  return {
    list: before === null ? placed : counted(placed, Number(belongs) - Number(before)),
    sure: before === null ? "tasks" : "all",
  };
}

/** The list without a task that was deleted. */
export function withoutDeleted(list: TaskPages, id: string): Placed {
  const wasThere = tasksOf(list).some((task) => task.id === id);
  if (!wasThere) return { list, sure: hasMore(list) ? "tasks" : "all" };
  return { list: counted(withoutItem(list, id), -1), sure: "all" };
}

function hasMore({ pages }: TaskPages): boolean {
  return pages.at(-1)?.next_cursor !== null;
}

function withTaskWhereItWas(list: TaskPages, task: Task): TaskPages {
  return withItems(list, (items) => items.map((item) => (item.id === task.id ? task : item)));
}

function withoutItem(list: TaskPages, id: string): TaskPages {
  return withItems(list, (items) => items.filter((item) => item.id !== id));
}

/** The list with a task before the first that follows it; unchanged if that one is not loaded. */
function withItem(list: TaskPages, task: Task, comparison: (a: Task, b: Task) => number) {
  const comesAfter = (item: Task) => !isNew(item) && comparison(item, task) > 0;
  const page = list.pages.findIndex(({ items }) => items.some(comesAfter));
  const last = list.pages.length - 1;
  if (page < 0 && hasMore(list)) return list;
  return withItems(list, (items, number) => {
    if (page < 0) return number === last ? [...items, task] : items;
    return number === page ? items.toSpliced(items.findIndex(comesAfter), 0, task) : items;
  });
}

function withItems(list: TaskPages, change: (items: Task[], page: number) => Task[]): TaskPages {
  const pages = list.pages.map((page, number) => {
    const items = change(page.items, number);
    const isSame =
      items.length === page.items.length &&
      items.every((item, index) => item === page.items[index]);
    return isSame ? page : { ...page, items };
  });
  return { ...list, pages };
}

function counted(list: TaskPages, by: number): TaskPages {
  const [first, ...others] = list.pages;
  if (by === 0 || first?.total === undefined) return list;
  return { ...list, pages: [{ ...first, total: first.total + by }, ...others] };
}
