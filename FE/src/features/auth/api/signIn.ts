import { useMutation } from "@tanstack/react-query";

import { api, sendUnsigned, session, unwrap } from "@/lib/api/client";
import { hasCode } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";

export type LoginRequest = components["schemas"]["LoginRequest"];
export type SecondStepRequest = components["schemas"]["SecondStepRequest"];
export type RegisterRequest = components["schemas"]["RegisterRequest"];

export function useSignIn() {
  return useMutation({
    mutationFn: (body: LoginRequest) =>
      session.begin(() => unwrap(api.POST("/api/v1/auth/login", { body, fetch: sendUnsigned }))),
    meta: { handlesErrors: true },
  });
}

/** The second step, with a code. */
export function useSecondStep() {
  return useMutation({
    mutationFn: (body: SecondStepRequest) =>
      session.begin(() =>
        unwrap(api.POST("/api/v1/auth/login/second-factor", { body, fetch: sendUnsigned })),
      ),
    meta: { handlesErrors: true },
  });
}

/** What the second step answers, if the first one asked for it. */
export function challengeOf(error: unknown): string | null {
  return hasCode<"login">(error, "SECOND_FACTOR_REQUIRED") ? error.challenge : null;
}

export function useSignUp() {
  return useMutation({
    mutationFn: (body: RegisterRequest) =>
      session.begin(() => unwrap(api.POST("/api/v1/auth/register", { body, fetch: sendUnsigned }))),
    meta: { handlesErrors: true },
  });
}
