import { Button, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { useSession } from "@/lib/useSession";

import { useCancelEmailChange } from "../api/emailChange";
import { EmailLinkPage } from "./EmailLinkPage";

export default function CancelEmailChangePage({ token }: { token: string }) {
  const { status } = useSession();
  return (
    <EmailLinkPage
      token={token}
      mutation={useCancelEmailChange()}
      title="Keep your email address"
      text="Your account keeps the address that this mail was sent to. If it was changed already, it is restored, and every browser and device is signed out."
      action="Cancel the change"
    >
      <Stack>
        <Title order={1} size="h3">
          Your email address stays
        </Title>
        <Text>
          If you did not ask for the change, somebody else may know your password: set a new one.
        </Text>
        <Button
          renderRoot={(props) => (
            <Link
              to={status === "signed-in" ? "/settings/security" : "/forgot-password"}
              {...props}
            />
          )}
        >
          Set a new password
        </Button>
      </Stack>
    </EmailLinkPage>
  );
}
