import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";

import { useUser } from "@/lib/useSession";

import { useResendVerification } from "../api/verification";
import { EmailChange } from "./EmailChange";

export function EmailVerification() {
  const { email, email_verified } = useUser();
  const resend = useResendVerification();
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Email
      </Title>
      <Group gap="xs">
        <Text style={{ overflowWrap: "anywhere" }}>{email}</Text>
        <Badge variant="default">{email_verified ? "Verified" : "Not verified"}</Badge>
      </Group>
      {!email_verified &&
        (resend.isSuccess ? (
          <Text size="sm" role="status">
            A mail is on its way. Open its link to verify the address.
          </Text>
        ) : (
          <Button variant="light" loading={resend.isPending} onClick={() => resend.mutate()}>
            Send the mail again
          </Button>
        ))}
      <EmailChange />
    </Stack>
  );
}
