import { Anchor, Group, PasswordInput, Stack, Text } from "@mantine/core";

import { LoadingNotice } from "@/components/LoadingNotice";

import type { ProofKind, useProofForm } from "../proofForm";
import type { WaysToProve } from "../waysToProve";
import { CodeInput } from "./CodeInput";

interface Props {
  kind: ProofKind | null;
  onKind: (kind: ProofKind) => void;
  form: ReturnType<typeof useProofForm>["form"];
  ways: WaysToProve;
}

/** A field for the password or a code, whichever the account has. */
export function ProofFields({ kind, onKind, form, ways }: Props) {
  if (!ways.isKnown) return <LoadingNotice rows={1} />;
  if (kind === null) return <OtherWays ways={ways} />;
  const other = kind === "password" ? "code" : "password";
  return (
    <Stack gap="xs">
      {kind === "password" ? (
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          data-autofocus
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
      ) : (
        <CodeInput data-autofocus key={form.key("code")} {...form.getInputProps("code")} />
      )}
      {ways.hasPassword && ways.hasCodes && (
        <Group>
          <Anchor component="button" type="button" size="sm" onClick={() => onKind(other)}>
            {other === "code" ? "Use a code instead" : "Use the password instead"}
          </Anchor>
        </Group>
      )}
    </Stack>
  );
}

function OtherWays({ ways: { hasPasskey, providers } }: { ways: WaysToProve }) {
  if (hasPasskey || providers.length > 0) return null;
  return <Text size="sm">Your passkeys do not work in this browser, or at this address.</Text>;
}
