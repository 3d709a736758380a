import { describe, expect, it } from "vitest";

import type { Job } from "@/lib/jobs";

import { outcomeOf } from "./importOutcome";

const JOB: Job = {
  id: "a",
  kind: "import",
  state: "queued",
  progress: null,
  note: null,
  result: null,
  error: null,
  created_at: "2030-01-01T00:00:00Z",
  started_at: null,
  ended_at: null,
};

describe("outcomeOf", () => {
  it.each(["queued", "running"] as const)("is the job while it is %s", (state) => {
    const job = { ...JOB, state };
    expect(outcomeOf(job)).toEqual({ job });
  });

  it("is the result of the import", () => {
    const result = { rows: 3, imported: 3 };
    expect(outcomeOf({ ...JOB, state: "done", result })).toEqual({
      result: { ...result, ids: [], preview: [] },
    });
  });

  it("is the error with which it failed", () => {
    const { error } = outcomeOf({ ...JOB, state: "failed", error: "row 3 is bad" });
    expect(error?.message).toBe("row 3 is bad");
  });

  it("is nothing once it was cancelled", () => {
    expect(outcomeOf({ ...JOB, state: "cancelled" })).toEqual({});
  });
});
