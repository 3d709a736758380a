import { Anchor, Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { isEmail, useForm } from "@mantine/form";
import { Link } from "@tanstack/react-router";

import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { useForgotPassword } from "../api/recovery";

export default function ForgotPasswordForm() {
  const forgot = useForgotPassword();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { email: "" },
    validate: { email: isEmail("Enter an email address, such as ada@example.com") },
  });
  const submit = form.onSubmit(({ email }) =>
    forgot.mutate(email, { onError: (error) => form.setErrors(fieldMessages(error)) }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Title order={1} size="h3">
          Forgot your password?
        </Title>
        {forgot.isSuccess ? (
          <Text role="status">
            If {forgot.variables} has an account, a mail with a link is on its way. The link is good
            for 30 minutes.
          </Text>
        ) : (
          <>
            <Text size="sm">We will mail you a link to set a new one.</Text>
            <FormError error={forgot.error} form={form} />
            <TextInput
              label="Email"
              type="email"
              autoComplete="username"
              key={form.key("email")}
              {...form.getInputProps("email")}
            />
            <Button type="submit" loading={forgot.isPending}>
              Send the link
            </Button>
          </>
        )}
        <Anchor size="sm" renderRoot={(props) => <Link to="/sign-in" {...props} />}>
          Back to sign-in
        </Anchor>
      </Stack>
    </form>
  );
}
