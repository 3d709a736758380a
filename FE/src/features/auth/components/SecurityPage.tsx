import { Divider, Stack } from "@mantine/core";

import { EmailVerification } from "./EmailVerification";
import { PasskeySection } from "./PasskeySection";
import { PasswordSection } from "./PasswordSection";
import { WaysToSignIn } from "./WaysToSignIn";
import { TwoSteps } from "./TwoSteps";

interface Props {
  /** Why somebody comes back from a provider that was not linked. */
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
