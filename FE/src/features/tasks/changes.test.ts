import { expect, test } from "vitest";

import { TaskConflict } from "./api/conflicts";
import type { Task } from "./api/tasks";
import { changesTo, isFulfilled, reverted } from "./changes";
import { differencesOf } from "./conflict";

const now = new Date("2026-11-28T12:00");
const task = {
  id: "1",
  title: "Water the ferns",
  description: null,
  status: "todo",
  priority: "none",
  due_at: null,
  due_on: null,
  tags: [],
  version: 1,
} as unknown as Task;

test("a value that the server normalizes is unchanged", () => {
  const saved: Task = { ...task, title: "Sweep", due_at: "2026-11-28T12:00:00Z" };

  expect(isFulfilled(saved, { title: " Sweep ", due_at: "2026-11-28T12:00:00.000Z" })).toBe(true);
  expect(isFulfilled(saved, { title: "Sweep", status: "done" })).toBe(false);
  expect(isFulfilled({ ...task, tags: ["a", "b"] }, { tags: ["b", "a"] })).toBe(false);
});

test("an entered value becomes a change, but an empty title does not", () => {
  expect(changesTo("title", "  Sweep  the hall ")).toEqual({ title: "Sweep the hall" });
  expect(changesTo("title", " ")).toEqual({});
  expect(changesTo("description", " ")).toEqual({ description: null });
  expect(changesTo("tags", [])).toEqual({ tags: [] });
});

test("a failed change is reverted, and later ones stay", () => {
  const changes = { title: "Sweep", status: "done" } as const;
  const shown: Task = { ...task, ...changes, title: "Sweep the hall", priority: "high" };

  expect(reverted(shown, { task, changes })).toEqual({
    ...task,
    title: "Sweep the hall",
    priority: "high",
  });
});

test("both versions are compared field by field", () => {
  const current: Task = { ...task, title: "Theirs", priority: "high", version: 2 };
  const conflict = new TaskConflict(task, { title: "Mine", status: "done" }, current);

  expect(differencesOf(conflict, now)).toEqual([
    {
      label: "Title",
      mine: "Mine",
      theirs: "Theirs",
      changedBy: "mine",
      changes: { title: "Mine" },
    },
    {
      label: "Status",
      mine: "Done",
      theirs: "To do",
      changedBy: "mine",
      changes: { status: "done" },
    },
    {
      label: "Priority",
      mine: "No priority",
      theirs: "High",
      changedBy: "theirs",
      changes: { priority: "none" },
    },
  ]);
});

test("a day and a time are one difference", () => {
  const current: Task = { ...task, due_on: "2026-11-29", version: 2 };
  const due_at = new Date("2026-11-28T14:30").toISOString();
  const [due] = differencesOf(new TaskConflict(task, { due_at, due_on: null }, current), now);

  expect(due).toMatchObject({
    mine: "Today, 14:30",
    theirs: "Tomorrow",
    changes: { due_at, due_on: null },
  });
});

test("an assignee is shown by name, if it is known", () => {
  const current: Task = { ...task, assignee_id: "gone", version: 2 };
  const conflict = new TaskConflict(task, { assignee_id: "ada" }, current);
  const ada = { user_id: "ada", name: "Ada", email: "", role: "member", joined_at: "" } as const;

  expect(differencesOf(conflict, now, new Map([["ada", ada]]))).toMatchObject([
    { label: "Assignee", mine: "Ada", theirs: "A member", changes: { assignee_id: "ada" } },
  ]);
});
