import { expect, test } from "vitest";

import { openSummary, throughputSummary } from "./statsSummaries";

const NOW = new Date("2026-11-28T12:00");
const FLOWS = [
  { date: "2026-11-26", created: 4, completed: 1, open: 5, done: 1 },
  { date: "2026-11-27", created: 0, completed: 3, open: 2, done: 4 },
];

test("a summary counts and names the best day", () => {
  const summary = throughputSummary(FLOWS, "day", NOW);
  expect(summary).toMatch(/^4 created, 4 completed\. Most were completed on .*27.*: 3\.$/);
});

test("a summary of weeks names the week", () => {
  expect(throughputSummary(FLOWS, "week", NOW)).toContain("in the week of");
});

test("without a completed task there is no best day", () => {
  const flows = FLOWS.map((flow) => ({ ...flow, completed: 0 }));
  expect(throughputSummary(flows, "day", NOW)).toBe("4 created, 0 completed.");
});

test("open tasks are compared with the beginning", () => {
  expect(openSummary(FLOWS)).toBe("2 open, 3 fewer than at the beginning.");
  expect(openSummary(FLOWS.toReversed())).toBe("5 open, 3 more than at the beginning.");
  expect(openSummary(FLOWS.slice(1))).toBe("2 open, as many as at the beginning.");
});
