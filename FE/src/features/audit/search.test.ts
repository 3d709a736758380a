import { expect, test } from "vitest";

import { trailFiltersOf, trailSearchOf } from "./search";

const ID = "0199a3b4-0000-7000-8000-000000000000";

test("an invalid time is dropped", () => {
  expect(trailSearchOf({ since: "yesterday", until: "2026-11-28T10:00" })).toEqual({
    until: "2026-11-28T10:00",
  });
});

test("a number in a URL is text", () => {
  expect(trailSearchOf({ request: 42, other: "x" })).toEqual({ request: "42" });
});

test("times are sent with their zone", () => {
  const { since } = trailFiltersOf({ since: "2026-11-28T10:00" });
  expect(since).toMatch(/^2026-11-2\dT\d\d:00:00.000Z$/);
});

test("an actor that is no id is not sent", () => {
  expect(trailFiltersOf({ actor: "ada", event: "task.created" })).toEqual({
    event_name: "task.created",
  });
  expect(trailFiltersOf({ actor: ID })).toEqual({ actor_id: ID });
});
