import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { jobsKey } from "@/lib/jobs";

import { followJobs } from "./followJobs";

const KEY = [...jobsKey, "a"];

function isStaleAfter(event: string): boolean | undefined {
  const queryClient = new QueryClient();
  queryClient.setQueryData(KEY, {});
  followJobs(queryClient)({ event, id: null, data: { id: "a", version: null } });
  return queryClient.getQueryState(KEY)?.isInvalidated;
}

describe("followJobs", () => {
  it.each(["job.created", "job.changed", "reset"])("reads jobs again after %s", (event) => {
    expect(isStaleAfter(event)).toBe(true);
  });

  it("ignores other events", () => {
    expect(isStaleAfter("task.changed")).toBe(false);
  });
});
