import { Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";

import { useStepUp } from "../api/twoSteps";
import { useWaysToProve } from "../waysToProve";
import { ProofForm } from "./ProofForm";
import { ProviderProofs } from "./ProviderProofs";

interface Props {
  onClose: () => void;
  onProved: () => void;
}

/** Asks for proof of identity, before something that another person at this screen must not do. */
export default function StepUpDialog({ onClose, onProved }: Props) {
  const stepUp = useStepUp();
  const { providers } = useWaysToProve();
  return (
    <Dialog title="Confirm that it is you" onClose={onClose} isPending={stepUp.isPending}>
      <ProofForm
        mutation={stepUp}
        action="Confirm"
        onSuccess={onProved}
        onClose={onClose}
        furtherWays={<ProviderProofs providers={providers} />}
      >
        <Text size="sm">You signed in a while ago. This is asked again in ten minutes.</Text>
      </ProofForm>
    </Dialog>
  );
}
