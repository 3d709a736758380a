import { expect, test } from "vitest";

import {
  type TaskPages,
  tasksOf,
  totalOf,
  withCreated,
  withoutTask,
  withTask,
  withTaskAfter,
  withTaskFirst,
  withTaskLast,
} from "./pages";
import type { Task } from "./tasks";

function task(id: string, title = id): Task {
  return { id, title } as Task;
}

function list(next: string | null = null): TaskPages {
  return {
    pages: [
      { items: [task("a"), task("b")], next_cursor: "1", total: 4 },
      { items: [task("c"), task("d")], next_cursor: next },
    ],
    pageParams: [null, "1"],
  };
}

function ids(pages: TaskPages): string {
  return tasksOf(pages)
    .map(({ id }) => id)
    .join("");
}

test("a task is replaced where it is, and other pages stay the same", () => {
  const before = list();
  const after = withTask(before, task("c", "new"));

  expect(tasksOf(after)[2]?.title).toBe("new");
  expect(after.pages[0]).toBe(before.pages[0]);
});

test("the total follows additions and removals", () => {
  expect(totalOf(withTaskFirst(list(), task("e")))).toBe(5);
  expect(totalOf(withTaskLast(list(), task("e")))).toBe(5);
  expect(totalOf(withoutTask(list(), "c"))).toBe(3);
  expect(totalOf(withoutTask(list(), "unknown"))).toBe(4);
});

test("a created task replaces its placeholder, and is there once", () => {
  const shown = withTaskFirst(list(), task("new"));

  expect(ids(withCreated(shown, task("e"), "new"))).toBe("eabcd");
  expect(ids(withCreated(shown, task("c"), "new"))).toBe("abcd");
});

test("a task is added at the end only if the end is loaded", () => {
  expect(ids(withTaskLast(list(), task("e")))).toBe("abcde");
  expect(ids(withTaskLast(list("2"), task("e")))).toBe("abcd");
});

test.each([
  ["a", "b", "bacd"],
  ["a", "d", "bcda"],
  ["d", "a", "adbc"],
  ["d", null, "dabc"],
  ["b", "c", "acbd"],
  ["unknown", "a", "abcd"],
])("%s moves after %s", (id, after, expected) => {
  expect(ids(withTaskAfter(list(), id, after))).toBe(expected);
});
