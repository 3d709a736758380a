import { describe, expect, it } from "vitest";

import { ApiError } from "@/lib/api/errors";

import { faultsOf } from "./importFaults";

function faultAt(field: string) {
  const detail = { field, message: "This is required", type: "missing" as const };
  return faultsOf(new ApiError("1 of 2 tasks are not valid", "VALIDATION_ERROR", 422, [detail]));
}

describe("a fault of a file", () => {
  it("has a line and a column in a CSV file", () => {
    expect(faultAt("body.row.3.title")).toEqual([
      { place: "Line 3", field: "title", message: "This is required" },
    ]);
  });

  it("may concern a whole line", () => {
    expect(faultAt("body.row.2")).toMatchObject([{ place: "Line 2", field: "" }]);
  });

  it("has a task in a JSON file, counted from one", () => {
    expect(faultAt("body.items.0.tags.1")).toMatchObject([{ place: "Task 1", field: "tags.1" }]);
  });

  it("may concern the whole file", () => {
    expect(faultAt("body")).toMatchObject([{ place: "", field: "" }]);
  });

  it("is none for any other error", () => {
    expect(faultsOf(new TypeError("no network"))).toEqual([]);
  });
});
