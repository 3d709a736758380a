import type { InfiniteData } from "@tanstack/react-query";

import type { Task, TaskPage } from "./tasks";

/** The loaded pages of a list. */
export type TaskPages = InfiniteData<TaskPage>;

export function tasksOf({ pages }: TaskPages): Task[] {
  return pages.flatMap(({ items }) => items);
}

/** How many tasks match, loaded or not. */
export function totalOf({ pages }: TaskPages): number | null {
  return pages[0]?.total ?? null;
}

export function withTask(list: TaskPages, task: Task, id = task.id): TaskPages {
  return {
    ...list,
    pages: list.pages.map((page) =>
      page.items.some((item) => item.id === id)
        ? { ...page, items: page.items.map((item) => (item.id === id ? task : item)) }
        : page,
    ),
  };
}

/** The list with the task that the server created in place of its placeholder. */
export function withCreated(list: TaskPages, task: Task, placeholderId: string): TaskPages {
  const isThere = tasksOf(list).some(({ id }) => id === task.id);
  return isThere ? withoutTask(list, placeholderId) : withTask(list, task, placeholderId);
}

export function withoutTask(list: TaskPages, id: string): TaskPages {
  if (!tasksOf(list).some((task) => task.id === id)) return list;
  const pages = list.pages.map((page) => ({
    ...page,
    items: page.items.filter((item) => item.id !== id),
  }));
  return counted({ ...list, pages }, -1);
}

export function withTaskFirst(list: TaskPages, task: Task): TaskPages {
  const [first, ...others] = list.pages;
  if (first === undefined) return list;
  const pages = [{ ...first, items: [task, ...first.items] }, ...others];
  return counted({ ...list, pages }, 1);
}

/** The list with a task at its end; unchanged if the end is not loaded. */
export function withTaskLast(list: TaskPages, task: Task): TaskPages {
  const last = list.pages.at(-1);
  if (last === undefined || last.next_cursor !== null) return list;
  const pages = [...list.pages.slice(0, -1), { ...last, items: [...last.items, task] }];
  return counted({ ...list, pages }, 1);
}

/** The list with a task right after another one, or at the front. */
export function withTaskAfter(list: TaskPages, id: string, after: string | null): TaskPages {
  const moved = tasksOf(list).find((task) => task.id === id);
  if (moved === undefined) return list;
  const pages = list.pages.map((page, number) =>
    pageWithTaskAfter(page, moved, after, number === 0),
  );
  return { ...list, pages };
}

/** A page of that list: without the task if it moves to another page. */
export function pageWithTaskAfter(
  page: TaskPage,
  task: Task,
  after: string | null,
  isFirst: boolean,
): TaskPage {
  const items = page.items.filter(({ id }) => id !== task.id);
  const place = items.findIndex(({ id }) => id === after);
  if (after === null && isFirst) items.unshift(task);
  else if (place >= 0) items.splice(place + 1, 0, task);
  else if (items.length === page.items.length) return page;
  return { ...page, items };
}

function counted(list: TaskPages, by: number): TaskPages {
  const [first, ...others] = list.pages;
  if (first?.total === undefined) return list;
  return { ...list, pages: [{ ...first, total: first.total + by }, ...others] };
}
