import { Divider, Stack } from "@mantine/core";

import { DeleteAccount } from "./DeleteAccount";
import { ProfileSettings } from "./ProfileSettings";

export default function ProfilePage() {
  return (
    <Stack gap="xl">
      <ProfileSettings />
      <Divider />
      <DeleteAccount />
    </Stack>
  );
}
