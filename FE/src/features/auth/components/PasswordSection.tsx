import { Button, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { useUser } from "@/lib/useSession";

import { waysQuery } from "../api/providers";
import { useForgotPassword } from "../api/recovery";
import { ChangePasswordForm } from "./ChangePasswordForm";

/** The form to change the password, or to set one where there is none. */
export function PasswordSection() {
  const { data: ways } = useQuery(waysQuery);
  const hasPassword = ways?.some(({ kind }) => kind === "password") ?? true;
  return hasPassword ? <ChangePasswordForm /> : <SetPassword />;
}

function SetPassword() {
  const { email } = useUser();
  const { mutate, isPending, isSuccess } = useForgotPassword({ handlesErrors: false });
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Password
      </Title>
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        You have none, and need none. To set one, open the link in a mail to {email}. It signs out
        every browser and device.
      </Text>
      {isSuccess ? (
        <Text size="sm" role="status">
          The mail is on its way. The link is good for 30 minutes.
        </Text>
      ) : (
        <Button variant="light" loading={isPending} onClick={() => mutate(email)}>
          Mail me the link
        </Button>
      )}
    </Stack>
  );
}
