import { Divider, Stack } from "@mantine/core";
import { createFileRoute } from "@tanstack/react-router";

import { DeleteAccount } from "@/features/users/components/DeleteAccount";
import { ProfileSettings } from "@/features/users/components/ProfileSettings";

export const Route = createFileRoute("/_signed-in/settings/profile")({
  component: () => (
    <Stack gap="xl">
      <ProfileSettings />
      <Divider />
      <DeleteAccount />
    </Stack>
  ),
});
