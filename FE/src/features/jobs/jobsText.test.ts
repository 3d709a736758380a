import { describe, expect, it } from "vitest";

import type { Job } from "@/lib/jobs";

import { nameOf, outcomeText } from "./jobsText";

const DONE: Job = {
  id: "a",
  kind: "import",
  state: "done",
  progress: 1,
  note: null,
  result: null,
  error: null,
  created_at: "2030-01-01T00:00:00Z",
  started_at: null,
  ended_at: null,
};

describe("nameOf", () => {
  it("is the kind if a later release has added it", () => {
    expect([nameOf(DONE), nameOf({ kind: "report" })]).toEqual(["Import of tasks", "report"]);
  });
});

describe("outcomeText", () => {
  it.each([
    [DONE, "Done"],
    [{ ...DONE, result: { rows: 3, imported: 3 } }, "Done: 3 imported"],
    [{ ...DONE, result: { rows: 3, imported: 0 } }, "Checked: 3 found, nothing imported"],
    [{ ...DONE, state: "failed" as const, error: "row 3, title" }, "row 3, title"],
    [{ ...DONE, state: "failed" as const }, "It could not be done."],
    [{ ...DONE, state: "cancelled" as const }, "It was stopped: nothing was done."],
  ])("describes the outcome", (job, text) => {
    expect(outcomeText(job)).toBe(text);
  });
});
