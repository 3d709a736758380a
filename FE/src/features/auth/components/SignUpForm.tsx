import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { Link } from "@tanstack/react-router";

import { fieldMessages, messageOf } from "@/lib/api/errors";

import { useSignUp } from "../api/signIn";

export function SignUpForm() {
  const signUp = useSignUp();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { full_name: "", email: "", password: "" },
    validate: {
      full_name: isNotEmpty("Your name"),
      email: isNotEmpty("Your email"),
      password: isNotEmpty("A password"),
    },
  });
  const submit = form.onSubmit((values) =>
    signUp.mutate(values, { onError: (error) => form.setErrors(fieldMessages(error)) }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Title order={1} size="h3">
          Make an account
        </Title>
        {signUp.isError && (
          <Alert color="red" role="alert">
            {messageOf(signUp.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          autoComplete="name"
          key={form.key("full_name")}
          {...form.getInputProps("full_name")}
        />
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label="Password"
          autoComplete="new-password"
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={signUp.isPending}>
          Sign up
        </Button>
        <Text size="sm">
          You have an account?{" "}
          <Anchor renderRoot={(props) => <Link to="/sign-in" {...props} />}>Sign in</Anchor>
        </Text>
      </Stack>
    </form>
  );
}
