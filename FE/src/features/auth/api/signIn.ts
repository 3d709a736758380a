import { useMutation } from "@tanstack/react-query";

import { api, sendUnsigned, session, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type LoginRequest = components["schemas"]["LoginRequest"];
export type RegisterRequest = components["schemas"]["RegisterRequest"];

export function useSignIn() {
  return useMutation({
    mutationFn: (body: LoginRequest) =>
      session.begin(() => unwrap(api.POST("/api/v1/auth/login", { body, fetch: sendUnsigned }))),
    meta: { handlesErrors: true },
  });
}

export function useSignUp() {
  return useMutation({
    mutationFn: (body: RegisterRequest) =>
      session.begin(() => unwrap(api.POST("/api/v1/auth/register", { body, fetch: sendUnsigned }))),
    meta: { handlesErrors: true },
  });
}
