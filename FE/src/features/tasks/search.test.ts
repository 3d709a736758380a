import { expect, test } from "vitest";

import { draftIn, filtersOf, ownSearchOf, type TaskSearch, taskSearchOf } from "./search";

const asking = { today: "2026-11-28", userId: "me" };

test("an address is read as far as it is known", () => {
  const search = taskSearchOf({
    q: " milk ",
    status: ["done", "lost"],
    priority: "high",
    tag: ["home", "", "home", 7],
    due: "today",
    assignee: "nobody",
    sort: "position",
    view: "board",
    task: "0199f0a0-0000-7000-8000-000000000000",
    page: 3,
  });

  expect(search).toEqual({
    q: "milk",
    status: ["done"],
    priority: ["high"],
    tag: ["home", "7"],
    due: "today",
    assignee: "nobody",
    sort: "position",
    view: "board",
    task: "0199f0a0-0000-7000-8000-000000000000",
  });
});

test("nonsense in an address is dropped", () => {
  const search = taskSearchOf({
    q: {},
    status: "lost",
    priority: null,
    tag: [" ", "x".repeat(51)],
    due: "never",
    assignee: "you",
    sort: "created_at",
    task: "../users",
  });

  expect(search).toStrictEqual({
    q: undefined,
    status: undefined,
    priority: undefined,
    tag: undefined,
    due: undefined,
    assignee: undefined,
    sort: undefined,
    view: undefined,
    task: undefined,
  });
});

test("a filter for days begins and ends at midnight here", () => {
  expect(filtersOf({ due: "today" }, asking)).toMatchObject({
    due_after: new Date("2026-11-28T00:00").toISOString(),
    due_before: new Date("2026-11-29T00:00").toISOString(),
  });
});

test("the time zone is sent where days matter, and nowhere else", () => {
  expect(filtersOf({ q: "milk", sort: "title" }, asking)).toEqual({
    q: "milk",
    sort_by: "title",
  });
  expect(filtersOf({ sort: "due_at" }, asking)).toHaveProperty("tz");
  expect(filtersOf({ due: "overdue" }, asking)).toMatchObject({ overdue: true });
});

test("a new task takes over what the filters say without doubt", () => {
  const search: TaskSearch = {
    status: ["in_progress"],
    priority: ["low", "high"],
    tag: ["home"],
    due: "today",
  };

  expect(draftIn(search, "Sweep", asking)).toEqual({
    title: "Sweep",
    status: "in_progress",
    tags: ["home"],
    due_on: "2026-11-28",
  });
});

test("what is assigned to me is asked for by my id, and a new task is mine", () => {
  expect(filtersOf({ assignee: "me" }, asking)).toEqual({ assignee_id: ["me"] });
  expect(filtersOf({ assignee: "nobody" }, asking)).toEqual({ assigned: false });
  expect(draftIn({ assignee: "me" }, "Sweep", asking)).toHaveProperty("assignee_id", "me");
  expect(draftIn({ assignee: "nobody" }, "Sweep", asking)).toEqual({ title: "Sweep" });
});

test("one's own tasks are looked for by no assignee", () => {
  expect(ownSearchOf({ assignee: "nobody", q: "oil" })).toMatchObject({
    assignee: undefined,
    q: "oil",
  });
});
