import { describe, expect, it } from "vitest";

import type { Task, TaskFilters } from "../api/tasks";
import { startOf } from "../due";
import { belongsTo, comparisonOf } from "./order";

const NOW = new Date("2026-11-28T12:00");

function task(fields: Partial<Task>): Task {
  return {
    id: "a",
    title: "",
    status: "todo",
    priority: "none",
    due_at: null,
    due_on: null,
    tags: [],
    assignee_id: null,
    ...fields,
  } as Task;
}

/** The ids in the order of a list. */
function order(sort: TaskFilters["sort_by"], ...tasks: Partial<Task>[]): string {
  const sorted = tasks.map(task).sort(comparisonOf(sort ? { sort_by: sort } : {}));
  return sorted.map(({ id }) => id).join("");
}

describe("the order of a list", () => {
  it("has the newest first, to the microsecond", () => {
    const [a, b, c] = ["10Z", "10.000001Z", "10.1Z"].map((end) => `2026-01-01T00:00:${end}`);

    expect(
      order(
        undefined,
        { id: "a", created_at: a ?? "" },
        { id: "b", created_at: b ?? "" },
        { id: "c", created_at: c ?? "" },
      ),
    ).toBe("cba");
  });

  it("has the most urgent first, and equal ones by descending id", () => {
    const tasks: Partial<Task>[] = [
      { id: "a", priority: "low" },
      { id: "b", priority: "urgent" },
      { id: "c", priority: "low" },
    ];

    expect(order("priority", ...tasks)).toBe("bca");
  });

  it("sorts titles case-insensitively", () => {
    expect(order("title", { id: "a", title: "b" }, { id: "b", title: "A" })).toBe("ba");
  });

  it("has a day after its times, and tasks without a due date last", () => {
    const tasks: Partial<Task>[] = [
      { id: "a" },
      { id: "b", due_on: "2026-11-28" },
      { id: "c", due_at: new Date("2026-11-28T23:59").toISOString() },
      { id: "d", due_at: startOf("2026-11-29").toISOString() },
    ];

    expect(order("due_at", ...tasks)).toBe("cbda");
  });
});

describe("a filter", () => {
  it.each<[TaskFilters, Partial<Task>, boolean | null]>([
    [{}, {}, true],
    [{ status: ["todo", "done"] }, { status: "done" }, true],
    [{ status: ["todo"] }, { status: "done" }, false],
    [{ priority: ["high"] }, { priority: "low" }, false],
    [{ tag: ["a", "b"] }, { tags: ["b", "c", "a"] }, true],
    [{ tag: ["a", "b"] }, { tags: ["a"] }, false],
    [{ overdue: true }, { due_on: "2026-11-27" }, true],
    [{ overdue: true }, { due_on: "2026-11-27", status: "done" }, false],
    [{ due_after: startOf("2026-11-28").toISOString() }, { due_on: "2026-11-28" }, true],
    [{ due_after: startOf("2026-11-28").toISOString() }, { due_on: "2026-11-27" }, false],
    [{ due_after: startOf("2026-11-28").toISOString() }, {}, false],
    [{ due_before: startOf("2026-11-29").toISOString() }, { due_on: "2026-11-29" }, false],
    [{ due_before: startOf("2026-11-29").toISOString() }, {}, false],
    [
      { due_before: startOf("2026-11-29").toISOString() },
      { due_at: new Date("2026-11-28T23:59").toISOString() },
      true,
    ],
    [{ assignee_id: ["me", "you"] }, { assignee_id: "you" }, true],
    [{ assignee_id: ["me"] }, { assignee_id: "you" }, false],
    [{ assignee_id: ["me"] }, {}, false],
    [{ assigned: false }, {}, true],
    [{ assigned: false }, { assignee_id: "me" }, false],
    [{ q: "ferns" }, {}, null],
    [{ q: "ferns", status: ["done"] }, {}, false],
  ])("%o of %o: %s", (filters, fields, expected) => {
    expect(belongsTo(filters, task(fields), NOW)).toBe(expected);
  });
});
