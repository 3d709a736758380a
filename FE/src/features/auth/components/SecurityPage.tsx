import { Divider, Stack } from "@mantine/core";

import { ChangePasswordForm } from "./ChangePasswordForm";
import { EmailVerification } from "./EmailVerification";
import { PasskeySection } from "./PasskeySection";

export default function SecurityPage() {
  return (
    <Stack gap="xl">
      <EmailVerification />
      <Divider />
      <ChangePasswordForm />
      <Divider />
      <PasskeySection />
    </Stack>
  );
}
