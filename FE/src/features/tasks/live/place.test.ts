import { describe, expect, it } from "vitest";

import { type TaskPages, tasksOf, totalOf } from "../api/pages";
import type { Task, TaskFilters } from "../api/tasks";
import { withoutDeleted, withTaskInPlace } from "./place";

const BY_HAND: TaskFilters = { sort_by: "position", status: ["todo"] };

function task(id: string, fields: Partial<Task> = {}): Task {
  return { id, position: id, version: 1, status: "todo", tags: [], ...fields } as Task;
}

/** Pages such as "ab", "cd"; the last one ends the list, or does not. */
function listOf(pages: string[], total: number, hasMore = false): TaskPages {
  return {
    pages: pages.map((ids, number) => ({
      items: Array.from(ids, (id) => task(id)),
      next_cursor: hasMore || number < pages.length - 1 ? String(number) : null,
      ...(number === 0 && { total }),
    })),
    pageParams: [],
  };
}

function place(list: TaskPages, placed: Task, isAdded = false, filters = BY_HAND) {
  const { list: after, sure } = withTaskInPlace(list, placed, {
    filters,
    isAdded,
    now: new Date(),
  });
  return [after.pages.map(({ items }) => items.map(({ id }) => id).join("")), totalOf(after), sure];
}

describe("a task that was changed elsewhere", () => {
  it("moves to where it belongs now", () => {
    const moved = task("a", { position: "cc" });

    expect(place(listOf(["ab", "cd"], 4), moved)).toEqual([["b", "cad"], 4, "all"]);
  });

  it("is replaced where it is, and other pages stay the same", () => {
    const list = listOf(["ab", "cd"], 4);
    const options = { filters: BY_HAND, isAdded: false, now: new Date() };
    const { list: after } = withTaskInPlace(list, task("c", { title: "New" }), options);

    expect(tasksOf(after)[2]?.title).toBe("New");
    expect(after.pages[0]).toBe(list.pages[0]);
  });

  it("leaves a list that it no longer belongs to", () => {
    expect(place(listOf(["abc"], 3), task("b", { status: "done" }))).toEqual([["ac"], 2, "all"]);
  });

  it("enters a list that it did not belong to", () => {
    expect(place(listOf(["ac"], 2), task("b"))).toEqual([["abc"], 3, "all"]);
  });

  it("moves to the part that is not loaded", () => {
    expect(place(listOf(["abc"], 9, true), task("a", { position: "x" }))).toEqual([
      ["bc"],
      9,
      "all",
    ]);
  });

  it("may have been counted already if the list is not fully loaded", () => {
    expect(place(listOf(["ac"], 9, true), task("b"))).toEqual([["abc"], 9, "tasks"]);
  });

  it("stays where it is if only the server knows its place", () => {
    const changed = task("a", { position: "x" });

    expect(place(listOf(["abc"], 3), changed, false, { q: "fern" })).toEqual([
      ["abc"],
      3,
      "nothing",
    ]);
  });
});

describe("a task that was added elsewhere", () => {
  it.each([
    ["a", ["abd", "f"], 4],
    ["c", ["bcd", "f"], 4],
    ["e", ["bd", "ef"], 4],
    ["g", ["bd", "fg"], 4],
  ])("%s is placed by the order", (id, pages, total) => {
    expect(place(listOf(["bd", "f"], 3), task(id), true)).toEqual([pages, total, "all"]);
  });

  it("is counted if its place is not loaded", () => {
    expect(place(listOf(["ab"], 9, true), task("x"), true)).toEqual([["ab"], 10, "all"]);
  });

  it("is not placed before a task that is being created", () => {
    const list = listOf(["b"], 2);
    list.pages[0]?.items.unshift(task("x", { position: "z", version: 0 }));

    expect(place(list, task("a"), true)).toEqual([["xab"], 3, "all"]);
  });
});

describe("a task that was deleted elsewhere", () => {
  it("leaves the list", () => {
    const { list, sure } = withoutDeleted(listOf(["abc"], 3), "b");

    expect([tasksOf(list).length, totalOf(list), sure]).toEqual([2, 2, "all"]);
  });

  it("may have been counted if the list is not fully loaded", () => {
    const list = listOf(["abc"], 9, true);

    expect(withoutDeleted(list, "x")).toEqual({ list, sure: "tasks" });
    expect(withoutDeleted(listOf(["abc"], 3), "x").sure).toBe("all");
  });
});
