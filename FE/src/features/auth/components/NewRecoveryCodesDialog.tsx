import { Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";

import { useReplaceRecoveryCodes } from "../api/twoSteps";
import { ProofForm } from "./ProofForm";
import { RecoveryCodes } from "./RecoveryCodes";

export default function NewRecoveryCodesDialog({ onClose }: { onClose: () => void }) {
  const replace = useReplaceRecoveryCodes();
  return (
    <Dialog title="New recovery codes" onClose={onClose} isPending={replace.isPending}>
      {replace.isSuccess ? (
        <RecoveryCodes codes={replace.data.recovery_codes} onClose={onClose} />
      ) : (
        <ProofForm mutation={replace} action="Make new codes" onClose={onClose}>
          <Text size="sm">The recovery codes that you have now will stop working.</Text>
        </ProofForm>
      )}
    </Dialog>
  );
}
