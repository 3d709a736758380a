import { expect, test } from "vitest";

import { dueFields, dueOf, dueText, isOverdue, later } from "./due";

const now = new Date("2026-11-28T12:00");

function text(day: string, time: string | null = null): string {
  return dueText({ day, time }, now);
}

test("days near today have names", () => {
  expect(text("2026-11-27")).toBe("Yesterday");
  expect(text("2026-11-28")).toBe("Today");
  expect(text("2026-11-29", "14:30")).toBe("Tomorrow, 14:30");
  expect(text("2026-12-04")).toBe("Friday");
});

test("other days are dates, with the year if it is another one", () => {
  expect(text("2026-12-05")).toBe("5 Dec");
  expect(text("2026-11-20")).toBe("20 Nov");
  expect(text("2027-03-01")).toBe("1 Mar 2027");
});

test("a task is due on a day or at a moment, never both", () => {
  expect(dueFields(null)).toEqual({ due_at: null, due_on: null });
  expect(dueFields({ day: "2026-11-28", time: null })).toEqual({
    due_at: null,
    due_on: "2026-11-28",
  });
  expect(dueFields({ day: "2026-11-28", time: "14:30" })).toEqual({
    due_at: new Date("2026-11-28T14:30").toISOString(),
    due_on: null,
  });
});

test("a due date is read as it was written", () => {
  for (const due of [null, { day: "2026-11-28", time: null }, { day: "2026-03-29", time: "23:59" }])
    expect(dueOf(dueFields(due))).toEqual(due);
});

test("a day is overdue when it has ended, a moment at once", () => {
  expect(isOverdue({ due_on: "2026-11-28", due_at: null, status: "todo" }, now)).toBe(false);
  expect(isOverdue({ due_on: "2026-11-27", due_at: null, status: "todo" }, now)).toBe(true);
  const earlier = new Date("2026-11-28T11:59").toISOString();
  expect(isOverdue({ due_on: null, due_at: earlier, status: "in_progress" }, now)).toBe(true);
  expect(isOverdue({ due_on: null, due_at: earlier, status: "done" }, now)).toBe(false);
});

test("days are counted by the calendar", () => {
  expect(later("2026-12-31", 1)).toBe("2027-01-01");
  expect(later("2026-03-28", 2)).toBe("2026-03-30");
});
