import { useMutation } from "@tanstack/react-query";

import { api, session, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type LoginRequest = components["schemas"]["LoginRequest"];
export type RegisterRequest = components["schemas"]["RegisterRequest"];

export function useSignIn() {
  return useMutation({
    mutationFn: (body: LoginRequest) => unwrap(api.POST("/api/v1/auth/login", { body })),
    onSuccess: (signIn) => session.begin(signIn),
    meta: { handlesErrors: true },
  });
}

export function useSignUp() {
  return useMutation({
    mutationFn: (body: RegisterRequest) => unwrap(api.POST("/api/v1/auth/register", { body })),
    onSuccess: (signIn) => session.begin(signIn),
    meta: { handlesErrors: true },
  });
}
