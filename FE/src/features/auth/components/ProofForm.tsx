import { Button, Stack } from "@mantine/core";
import type { ReactNode } from "react";

import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { type Proof, useSignProof } from "../api/twoSteps";
import { useProofForm } from "../proofForm";
import { useWaysToProve } from "../waysToProve";
import { ProofFields } from "./ProofFields";

interface Props {
  /** The mutation that needs the proof. */
  mutation: {
    mutate: (
      proof: Proof,
      options: { onSuccess: () => void; onError: (error: Error) => void },
    ) => void;
    isPending: boolean;
    error: Error | null;
    reset: () => void;
  };
  onSuccess?: () => void;
  onClose: () => void;
  /** The word on the button. */
  action: string;
  color?: string;
  /** What the action does. */
  children: ReactNode;
  /** Further ways, besides those that are sent with the request. */
  furtherWays?: ReactNode;
}

/** Asks for proof of identity, by one of the ways that the account has. */
export function ProofForm({ mutation, action, color, children, furtherWays, ...on }: Props) {
  const ways = useWaysToProve();
  const { kind, setKind, form } = useProofForm(ways);
  const sign = useSignProof();
  const isPending = mutation.isPending || sign.isPending;
  const prove = (proof: Proof) =>
    mutation.mutate(proof, {
      onSuccess: () => on.onSuccess?.(),
      onError: (error) => form.setErrors(fieldMessages(error)),
    });
  const usePasskey = () => {
    mutation.reset();
    sign.mutate(undefined, { onSuccess: (passkey) => passkey && prove({ passkey }) });
  };
  const submit = form.onSubmit((values) => {
    sign.reset();
    if (kind !== null) prove({ [kind]: values[kind] });
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {children}
        <FormError error={sign.error ?? mutation.error} form={form} />
        <ProofFields kind={kind} onKind={setKind} form={form} ways={ways} />
        {ways.hasPasskey && (
          <Button variant="default" loading={sign.isPending} onClick={usePasskey}>
            Use a passkey
          </Button>
        )}
        {furtherWays}
        <DialogActions isPending={isPending} onClose={on.onClose}>
          {kind !== null && (
            <Button type="submit" {...(color && { color })} loading={mutation.isPending}>
              {action}
            </Button>
          )}
        </DialogActions>
      </Stack>
    </form>
  );
}
