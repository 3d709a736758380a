import { Button, Stack, Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";

import { useReplaceRecoveryCodes } from "../api/twoSteps";
import { ProofFields, useProof } from "./ProofFields";
import { RecoveryCodes } from "./RecoveryCodes";

export default function NewRecoveryCodesDialog({ onClose }: { onClose: () => void }) {
  const replace = useReplaceRecoveryCodes();
  const proof = useProof();
  const submit = proof.form.onSubmit((values) =>
    replace.mutate(proof.proofOf(values), { onError: proof.showError }),
  );
  return (
    <Dialog title="New recovery codes" onClose={onClose} isPending={replace.isPending}>
      {replace.isSuccess ? (
        <RecoveryCodes codes={replace.data.recovery_codes} onClose={onClose} />
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack>
            <Text size="sm">The recovery codes that you have now no longer work then.</Text>
            <FormError error={replace.error} form={proof.form} />
            <ProofFields proof={proof} />
            <DialogActions isPending={replace.isPending} onClose={onClose}>
              <Button type="submit" loading={replace.isPending}>
                Make new codes
              </Button>
            </DialogActions>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
