import { Divider, Stack } from "@mantine/core";
import { createFileRoute } from "@tanstack/react-router";

import { ChangePasswordForm } from "@/features/auth/components/ChangePasswordForm";
import { EmailVerification } from "@/features/auth/components/EmailVerification";

export const Route = createFileRoute("/_signed-in/settings/security")({
  component: () => (
    <Stack gap="xl">
      <EmailVerification />
      <Divider />
      <ChangePasswordForm />
    </Stack>
  ),
});
