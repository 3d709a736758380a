import { Divider, Stack } from "@mantine/core";

import { EmailVerification } from "./EmailVerification";
import { PasskeySection } from "./PasskeySection";
import { PasswordSection } from "./PasswordSection";
import { WaysToSignIn } from "./WaysToSignIn";
import { TwoSteps } from "./TwoSteps";

interface Props {
  /** Why the user came back from a provider without linking it. */
  failure?: string | undefined;
}

export default function SecurityPage({ failure }: Props) {
  return (
    <Stack gap="xl">
      <EmailVerification />
      <Divider />
      <PasswordSection />
      <Divider />
      <PasskeySection />
      <Divider />
      <WaysToSignIn failure={failure} />
      <Divider />
      <TwoSteps />
    </Stack>
  );
}
