import { describe, expect, it } from "vitest";

import { ApiError, type Detail } from "@/lib/api/errors";

import { failureOf, type Operation } from "./changeTasks";
import { OperationFailed } from "./operationFailed";

const OPERATIONS: Operation[] = [
  { op: "delete", id: "a" },
  { op: "update", id: "b", changes: { status: "done" } },
];

function refused(field: string, type: Detail["type"]) {
  return new ApiError("Refused", "ANY", 412, [{ field, message: "It has version 3 now", type }]);
}

describe("a refused bulk request", () => {
  it("names the task of the operation that failed", () => {
    const error = refused("body.operations.1.if_match", "precondition_failed");
    const failure = failureOf(error, OPERATIONS, 500) as OperationFailed;

    expect(failure).toBeInstanceOf(OperationFailed);
    expect(failure).toMatchObject({ taskId: "b", done: 500, cause: error });
    expect(failure.message).toBe("Somebody else has changed it since you saw it.");
  });

  it("has the server's message for a wrong value", () => {
    const error = refused("body.operations.0.changes.tags", "too_long");

    expect(failureOf(error, OPERATIONS, 0)).toMatchObject({
      taskId: "a",
      message: "It has version 3 now",
    });
  });

  it("is the error itself if it names no operation", () => {
    const errors = [refused("body.operations", "too_long"), new TypeError("no network")];

    expect(errors.map((error) => failureOf(error, OPERATIONS, 0))).toEqual(errors);
  });
});
