import { Button, Text } from "@mantine/core";

import { useStepUpWithProvider, type Way } from "../api/providers";

/** Leads to a linked provider to sign in again. */
export function ProviderProofs({ providers }: { providers: Way[] }) {
  const stepUp = useStepUpWithProvider();
  if (providers.length === 0) return null;
  return (
    <>
      {providers.map(({ id, name, provider }) => (
        <Button
          key={id}
          variant="default"
          loading={stepUp.isPending && stepUp.variables === provider}
          onClick={() => provider !== null && stepUp.mutate(provider)}
        >
          Sign in with {name} again
        </Button>
      ))}
      <Text size="sm" c="dimmed">
        You leave this page for it, and come back. Then repeat what you wanted to do.
      </Text>
    </>
  );
}
