import { Button, Stack, Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { reportSuccess } from "@/lib/reports";

import { useTurnOffTwoSteps } from "../api/twoSteps";
import { ProofFields, useProof } from "./ProofFields";

export default function TurnOffTwoStepsDialog({ onClose }: { onClose: () => void }) {
  const turnOff = useTurnOffTwoSteps();
  const proof = useProof();
  const submit = proof.form.onSubmit((values) =>
    turnOff.mutate(proof.proofOf(values), {
      onSuccess: () => {
        onClose();
        reportSuccess("Two-step sign-in is off.");
      },
      onError: proof.showError,
    }),
  );
  return (
    <Dialog title="Turn off two-step sign-in" onClose={onClose} isPending={turnOff.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">
            The password alone signs in then, and your recovery codes end. In your app, remove the
            entry for this account.
          </Text>
          <FormError error={turnOff.error} form={proof.form} />
          <ProofFields proof={proof} />
          <DialogActions isPending={turnOff.isPending} onClose={onClose}>
            <Button type="submit" color="red.9" loading={turnOff.isPending}>
              Turn off
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
