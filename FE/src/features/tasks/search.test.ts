import { expect, test } from "vitest";

import { draftIn, filtersOf, ownSearchOf, type TaskSearch, taskSearchOf } from "./search";

const context = { today: "2026-11-28", userId: "me" };

test("a URL is parsed as far as it is valid", () => {
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

test("invalid values in a URL are dropped", () => {
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

test("a filter for days begins and ends at local midnight", () => {
  expect(filtersOf({ due: "today" }, context)).toMatchObject({
    due_after: new Date("2026-11-28T00:00").toISOString(),
    due_before: new Date("2026-11-29T00:00").toISOString(),
  });
});

test("the time zone is sent where days matter, and nowhere else", () => {
  expect(filtersOf({ q: "milk", sort: "title" }, context)).toEqual({
    q: "milk",
    sort_by: "title",
  });
  expect(filtersOf({ sort: "due_at" }, context)).toHaveProperty("tz");
  expect(filtersOf({ due: "overdue" }, context)).toMatchObject({ overdue: true });
});

test("a new task takes over the unambiguous filters", () => {
  const search: TaskSearch = {
    status: ["in_progress"],
    priority: ["low", "high"],
    tag: ["home"],
    due: "today",
  };

  expect(draftIn(search, "Sweep", context)).toEqual({
    title: "Sweep",
    status: "in_progress",
    tags: ["home"],
    due_on: "2026-11-28",
  });
});

test("the filter for my tasks sends my id, and assigns a new task to me", () => {
  expect(filtersOf({ assignee: "me" }, context)).toEqual({ assignee_id: ["me"] });
  expect(filtersOf({ assignee: "nobody" }, context)).toEqual({ assigned: false });
  expect(draftIn({ assignee: "me" }, "Sweep", context)).toHaveProperty("assignee_id", "me");
  expect(draftIn({ assignee: "nobody" }, "Sweep", context)).toEqual({ title: "Sweep" });
});

test("the user's own tasks have no assignee filter", () => {
  expect(ownSearchOf({ assignee: "nobody", q: "oil" })).toMatchObject({
    assignee: undefined,
    q: "oil",
  });
});
