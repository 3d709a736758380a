import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { signWithPasskey } from "../passkeyCeremony";

export type Proof = components["schemas"]["ProofRequest"];
export type TotpSecret = components["schemas"]["TotpSecretResponse"];

const twoStepsKey = ["auth", "totp"] as const;

export const twoStepsQuery = queryOptions({
  queryKey: twoStepsKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/totp", { signal })),
});

export function useStepUp() {
  return useMutation({
    mutationFn: (body: Proof) => unwrap(api.POST("/api/v1/auth/step-up", { body })),
    meta: { handlesErrors: true },
  });
}

/** Have the browser sign with a passkey of the user; `null` if the user cancels. */
export function useSignProof() {
  return useMutation({
    mutationFn: async () => signWithPasskey(await unwrap(api.POST("/api/v1/auth/step-up/options"))),
    meta: { handlesErrors: true },
  });
}

/** A secret for an authenticator app. */
export function useBeginTwoSteps() {
  return useMutation({
    mutationFn: (body: { password?: string }) => unwrap(api.POST("/api/v1/auth/totp", { body })),
    meta: { handlesErrors: true },
  });
}

/** Turn it on with a code of the app; the recovery codes are shown only now. */
export function useConfirmTwoSteps() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (code: string) => unwrap(api.POST("/api/v1/auth/totp/confirm", { body: { code } })),
    onSuccess: refresh,
    meta: { handlesErrors: true },
  });
}

export function useReplaceRecoveryCodes() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: Proof) => unwrap(api.POST("/api/v1/auth/totp/recovery-codes", { body })),
    onSuccess: refresh,
    meta: { handlesErrors: true },
  });
}

export function useTurnOffTwoSteps() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: Proof) => unwrap(api.POST("/api/v1/auth/totp/delete", { body })),
    onSuccess: refresh,
    meta: { handlesErrors: true },
  });
}

function useRefresh() {
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: twoStepsKey });
}
