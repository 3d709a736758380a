import { Button, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { useConfirmEmailChange } from "../api/emailChange";
import { EmailLinkPage } from "./EmailLinkPage";

export default function ConfirmEmailPage({ token }: { token: string }) {
  return (
    <EmailLinkPage
      token={token}
      mutation={useConfirmEmailChange()}
      title="Confirm your new email"
      text="Your account gets the address that this mail was sent to. Every browser and device is signed out but the one where you asked for it."
      action="Confirm the new email"
    >
      <Stack>
        <Title order={1} size="h3">
          Your email is changed
        </Title>
        <Text>Sign in with the new address from now on.</Text>
        <Button renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Button>
      </Stack>
    </EmailLinkPage>
  );
}
