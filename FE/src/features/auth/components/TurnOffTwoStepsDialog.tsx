import { Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { reportSuccess } from "@/lib/reports";

import { useTurnOffTwoSteps } from "../api/twoSteps";
import { ProofForm } from "./ProofForm";

export default function TurnOffTwoStepsDialog({ onClose }: { onClose: () => void }) {
  const turnOff = useTurnOffTwoSteps();
  const finish = () => {
    onClose();
    reportSuccess("Two-step sign-in is off.");
  };
  return (
    <Dialog title="Turn off two-step sign-in" onClose={onClose} isPending={turnOff.isPending}>
      <ProofForm
        mutation={turnOff}
        action="Turn off"
        color="red.9"
        onSuccess={finish}
        onClose={onClose}
      >
        <Text size="sm">
          Signing in will need no code, and your recovery codes stop working. In your app, remove
          the entry for this account.
        </Text>
      </ProofForm>
    </Dialog>
  );
}
