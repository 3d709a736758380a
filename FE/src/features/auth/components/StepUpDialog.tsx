import { Button, Stack, Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";

import { useStepUp } from "../api/twoSteps";
import { ProofFields, useProof } from "./ProofFields";

interface Props {
  onClose: () => void;
  onProved: () => void;
}

/** Asks who it is, before something that a stranger at this screen must not do. */
export default function StepUpDialog({ onClose, onProved }: Props) {
  const stepUp = useStepUp();
  const proof = useProof();
  const submit = proof.form.onSubmit((values) =>
    stepUp.mutate(proof.proofOf(values), { onSuccess: onProved, onError: proof.showError }),
  );
  return (
    <Dialog title="Confirm that it is you" onClose={onClose} isPending={stepUp.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">You signed in a while ago. This is asked again in ten minutes.</Text>
          <FormError error={stepUp.error} form={proof.form} />
          <ProofFields proof={proof} />
          <DialogActions isPending={stepUp.isPending} onClose={onClose}>
            <Button type="submit" loading={stepUp.isPending}>
              Confirm
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
