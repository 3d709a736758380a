import { Anchor, Button, Stack, Text, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { Link } from "@tanstack/react-router";

import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";

import { useResetPassword } from "../api/recovery";
import { NewPasswordInput } from "./NewPasswordInput";

export default function ResetPasswordForm({ token }: { token: string }) {
  const reset = useResetPassword();
  const form = useForm({
    initialValues: { new_password: "" },
    validate: { new_password: isNotEmpty("Choose a new password") },
  });
  if (reset.isSuccess) return <PasswordIsSet />;
  if (token === "" || hasCode<"reset_password">(reset.error, "UNAUTHORIZED"))
    return <LinkIsSpent />;
  const submit = form.onSubmit(({ new_password }) =>
    reset.mutate(
      { token, new_password },
      { onError: (error) => form.setErrors(fieldMessages(error)) },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Title order={1} size="h3">
          Set a new password
        </Title>
        <FormError error={reset.error} form={form} />
        <NewPasswordInput label="New password" {...form.getInputProps("new_password")} />
        <Button type="submit" loading={reset.isPending}>
          Set the password
        </Button>
      </Stack>
    </form>
  );
}

function PasswordIsSet() {
  return (
    <Stack>
      <Title order={1} size="h3">
        Your password is set
      </Title>
      <Text>Every browser and device is signed out. Sign in with the new password.</Text>
      <Button renderRoot={(props) => <Link to="/sign-in" {...props} />}>Sign in</Button>
    </Stack>
  );
}

function LinkIsSpent() {
  return (
    <Stack>
      <Title order={1} size="h3">
        This link does not work
      </Title>
      <Text>It was used, it is older than 30 minutes, or a newer one was sent.</Text>
      <Anchor renderRoot={(props) => <Link to="/forgot-password" {...props} />}>
        Send a new link
      </Anchor>
    </Stack>
  );
}
