import { describe, expect, it } from "vitest";

import type { TaskPages } from "../../api/pages";
import type { Task, TaskStatus } from "../../api/tasks";
import { columnOf, type FetchedList } from "./columns";

function fetched(status: TaskStatus, tasks: Partial<Task>[], total = tasks.length): FetchedList {
  const items = tasks.map((task) => ({ status, position: task.id, ...task }) as Task);
  const list: TaskPages = { pages: [{ items, next_cursor: null, total }], pageParams: [null] };
  return { status, list };
}

function idsIn(status: TaskStatus, ...lists: FetchedList[]): string[] {
  return columnOf(status, lists).tasks.map(({ id }) => id);
}

describe("a column", () => {
  it("has the tasks of its status in the manual order", () => {
    const todo = fetched("todo", [{ id: "b" }, { id: "B" }, { id: "a" }]);

    expect(idsIn("todo", todo, fetched("done", [{ id: "c" }]))).toEqual(["B", "a", "b"]);
  });

  it("gains a task whose status has changed, and the other one loses it", () => {
    const todo = fetched("todo", [{ id: "a" }, { id: "c", status: "done" }], 70);
    const done = fetched("done", [{ id: "b" }, { id: "d" }], 40);

    expect(idsIn("done", todo, done)).toEqual(["b", "c", "d"]);
    expect(idsIn("todo", todo, done)).toEqual(["a"]);
    expect(columnOf("done", [todo, done]).total).toBe(41);
    expect(columnOf("todo", [todo, done]).total).toBe(69);
  });

  it("has a task once if two lists have it", () => {
    const todo = fetched("todo", [{ id: "a", status: "done" }]);
    const done = fetched("done", [{ id: "a" }]);

    expect(idsIn("done", todo, done)).toEqual(["a"]);
    expect(columnOf("done", [todo, done]).total).toBe(1);
    expect(columnOf("done", [done, todo]).total).toBe(1);
  });

  it("has no total before it is loaded", () => {
    const todo = fetched("todo", [{ id: "a", status: "done" }]);

    expect(columnOf("done", [todo, { status: "done", list: undefined }])).toMatchObject({
      total: null,
      tasks: [{ id: "a" }],
    });
  });
});
