import { expectTypeOf, test } from "vitest";

import type { ErrorCode } from "./errors";

// The compiler checks this, in `npm run typecheck`.

type OfEveryOperation =
  | "BAD_REQUEST"
  | "INTERNAL_ERROR"
  | "OUTCOME_UNKNOWN"
  | "RATE_LIMITED"
  | "TIMEOUT"
  | "UNAVAILABLE"
  | "VALIDATION_ERROR";

test("an operation has the codes that it declares and no others", () => {
  expectTypeOf<ErrorCode<"read_user">>().toEqualTypeOf<
    | OfEveryOperation
    | "FORBIDDEN"
    | "INSUFFICIENT_SCOPE"
    | "NOT_FOUND"
    | "TOKEN_EXPIRED"
    | "UNAUTHORIZED"
  >();
  expectTypeOf<ErrorCode<"refresh">>().toEqualTypeOf<
    OfEveryOperation | "FORBIDDEN" | "INVALID_REFRESH_TOKEN" | "REFRESH_TOKEN_REUSED"
  >();
  expectTypeOf<"WEAK_PASSWORD">().toExtend<ErrorCode<"register">>();
  expectTypeOf<"WEAK_PASSWORD">().not.toExtend<ErrorCode<"login">>();
});
