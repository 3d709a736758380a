import { queryOptions, useMutation } from "@tanstack/react-query";

import { api, sendUnsigned, session, unwrap } from "@/lib/api/client";
import { hasCode } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";

import { signWithPasskey } from "../passkeyCeremony";

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

/** Whether the second step can be done with a passkey: the account has one. */
export const secondStepPasskeysQuery = (challenge: string | null) =>
  queryOptions({
    queryKey: ["auth", "second-step", challenge],
    queryFn: () => secondStepOptions(challenge),
    select: ({ allowCredentials }) => allowCredentials.length > 0,
    staleTime: Infinity,
    gcTime: 0,
  });

/** The second step, with a passkey; nothing happens if the user cancels. */
export function useSecondStepWithPasskey() {
  return useMutation({
    mutationFn: async (challenge: string | null) => {
      const passkey = await signWithPasskey(await secondStepOptions(challenge));
      if (passkey === null) return;
      const body = { challenge, passkey };
      await session.begin(() =>
        unwrap(api.POST("/api/v1/auth/login/second-factor", { body, fetch: sendUnsigned })),
      );
    },
    meta: { handlesErrors: true },
  });
}

function secondStepOptions(challenge: string | null) {
  const body = { challenge };
  return unwrap(
    api.POST("/api/v1/auth/login/second-factor/options", { body, fetch: sendUnsigned }),
  );
}

/** The challenge of the second step, if the first one requires it. */
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
