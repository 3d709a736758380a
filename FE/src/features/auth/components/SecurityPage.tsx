import { Divider, Stack } from "@mantine/core";

import { ChangePasswordForm } from "./ChangePasswordForm";
import { EmailVerification } from "./EmailVerification";

export default function SecurityPage() {
  return (
    <Stack gap="xl">
      <EmailVerification />
      <Divider />
      <ChangePasswordForm />
    </Stack>
  );
}
