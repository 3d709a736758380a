import { Divider, Stack } from "@mantine/core";

import { ChangePasswordForm } from "./ChangePasswordForm";
import { EmailVerification } from "./EmailVerification";
import { PasskeySection } from "./PasskeySection";
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
      <ChangePasswordForm />
      <Divider />
      <PasskeySection />
      <Divider />
      <WaysToSignIn failure={failure} />
      <Divider />
      <TwoSteps />
    </Stack>
  );
}
