import { Button, Group, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
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
      current_password: isNotEmpty("Enter your current password"),
      new_password: isNotEmpty("Choose a new password"),
    },
  });

  const submit = form.onSubmit((values) =>
    change.mutate(values, {
      onSuccess: () => {
        form.reset();
        reportSuccess("Your password is changed. Your other sessions have ended.");
      },
      onError: (error) => form.setErrors(fieldMessages(error)),
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack maw={420}>
        <Title order={2} size="h4">
          Change the password
        </Title>
        <Text size="sm" c="dimmed">
          It signs out every other browser and device.
        </Text>
        <FormError error={change.error} form={form} />
        {/* shows password managers whose password this is */}
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
