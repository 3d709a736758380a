import { describe, expect, it } from "vitest";

import { type TaskPages, tasksOf } from "./pages";
import { withoutTasks, withTasksBack } from "./removal";
import type { Task } from "./tasks";

function listOf(...pages: string[]): TaskPages {
  return {
    pages: pages.map((ids, number) => ({
      items: Array.from(ids, (id) => ({ id }) as Task),
      next_cursor: null,
      ...(number === 0 && { total: pages.join("").length }),
    })),
    pageParams: [null],
  };
}

function pagesOf(list: TaskPages): string[] {
  return list.pages.map(({ items }) => items.map(({ id }) => id).join(""));
}

/** The pages after `removed` was deleted and has come back. */
function backAgain(list: TaskPages, removed: string, change = (rest: TaskPages) => rest) {
  const tasks = tasksOf(list).filter(({ id }) => removed.includes(id));
  return withTasksBack(change(withoutTasks(list, new Set(removed))), tasksOf(list), tasks);
}

describe("tasks that leave a list", () => {
  it("are no longer counted", () => {
    const rest = withoutTasks(listOf("abc", "def"), new Set(["b", "f", "x"]));

    expect(pagesOf(rest)).toEqual(["ac", "de"]);
    expect(rest.pages[0]?.total).toBe(4);
  });

  it("leave it as it is if they are not in it", () => {
    const list = listOf("abc");

    expect(withoutTasks(list, new Set(["x"]))).toBe(list);
  });
});

describe("tasks that come back", () => {
  it.each(["a", "c", "ab", "abc", "bd", "cdef", "abcdef"])("are where they were: %s", (ids) => {
    const back = backAgain(listOf("abc", "def"), ids);

    expect(pagesOf(back).join("")).toBe("abcdef");
    expect(back.pages[0]?.total).toBe(6);
  });

  it("follow the last earlier task that is still there", () => {
    const back = backAgain(listOf("abcd"), "bc", (list) => withoutTasks(list, new Set(["a"])));

    expect(pagesOf(back)).toEqual(["bcd"]);
  });

  it("come back once, also if the list was fetched meanwhile", () => {
    expect(pagesOf(backAgain(listOf("abc"), "b", () => listOf("abc")))).toEqual(["abc"]);
  });

  it("do not enter a list that did not have them", () => {
    const list = listOf("abc");

    expect(withTasksBack(list, [], [{ id: "x" } as Task])).toBe(list);
  });
});
