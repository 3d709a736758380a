import { expect, test } from "vitest";

import { faultsOf, figuresOf } from "./health";

function health(checks: Record<string, Record<string, unknown>>) {
  return { status: "degraded", app_name: "Bounded", version: "1", checks } as never;
}

test("a healthy check is no fault", () => {
  expect(faultsOf(health({ database: { status: "healthy", latency_ms: 1 } }))).toEqual([]);
});

test("dead deliveries are counted", () => {
  expect(faultsOf(health({ events: { status: "degraded", dead: 1 } }))).toEqual([
    "Events: 1 delivery is dead.",
  ]);
  expect(faultsOf(health({ events: { status: "degraded", dead: 3 } }))).toEqual([
    "Events: 3 deliveries are dead.",
  ]);
});

test("a fault says by how much deliveries are overdue", () => {
  const events = { status: "degraded", dead: 0, oldest_overdue_seconds: 301.2 };
  expect(faultsOf(health({ events }))).toEqual([
    "Events: the oldest delivery is overdue by 301 s.",
  ]);
});

test("a check without details gives its status", () => {
  expect(faultsOf(health({ cache: { status: "unhealthy" } }))).toEqual(["Cache: unhealthy."]);
});

test("figures of a check are in words", () => {
  const check = { status: "healthy", latency_ms: 0.4, oldest_overdue_seconds: 3, dead: 0 } as const;
  expect(figuresOf(check)).toEqual([
    ["latency", "0.4 ms"],
    ["oldest overdue", "3 s"],
    ["dead", "0"],
  ]);
});
