import { Divider, Stack } from "@mantine/core";

import { DeleteAccount } from "./DeleteAccount";
import { ProfileSettings } from "./ProfileSettings";
import { YourData } from "./YourData";

export default function ProfilePage() {
  return (
    <Stack gap="xl">
      <ProfileSettings />
      <Divider />
      <YourData />
      <Divider />
      <DeleteAccount />
    </Stack>
  );
}
