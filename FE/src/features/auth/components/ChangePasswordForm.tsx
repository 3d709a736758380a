import { Alert, Button, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { fieldMessages, hasCode, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import { useUser } from "@/lib/useSession";

import { useChangePassword } from "../api/password";

export function ChangePasswordForm() {
  const { email } = useUser();
  const change = useChangePassword();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { current_password: "", new_password: "" },
    validate: {
      current_password: isNotEmpty("Your password of today"),
      new_password: isNotEmpty("A new password"),
    },
  });

  const submit = form.onSubmit((values) =>
    change.mutate(values, {
      onSuccess: () => {
        form.reset();
        reportSuccess("Your password is changed. Your other sessions have ended.");
      },
      onError: (error) => form.setErrors(messagesBeside(error)),
    }),
  );
  const isBeside = Object.keys(messagesBeside(change.error)).length > 0;
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={420}>
        <Title order={2} size="h4">
          Change the password
        </Title>
        <Text size="sm" c="dimmed">
          It signs out every other browser and device.
        </Text>
        {change.isError && !isBeside && (
          <Alert color="red" role="alert">
            {messageOf(change.error)}
          </Alert>
        )}
        {/* tells password managers whose password this is */}
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          key={form.key("current_password")}
          {...form.getInputProps("current_password")}
        />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          key={form.key("new_password")}
          {...form.getInputProps("new_password")}
        />
        <Group>
          <Button type="submit" loading={change.isPending}>
            Change the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function messagesBeside(error: unknown): Record<string, string> {
  if (hasCode<"change_password">(error, "INVALID_CREDENTIALS"))
    return { current_password: "This is not your password" };
  if (hasCode<"change_password">(error, "WEAK_PASSWORD") && error.details.length === 0)
    return { new_password: error.message };
  return fieldMessages(error);
}
