import { Anchor, Button, Stack, Text, TextInput, Title } from "@mantine/core";
import { isEmail, isNotEmpty, useForm } from "@mantine/form";
import { Link } from "@tanstack/react-router";

import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { useSignUp } from "../api/signIn";
import { NewPasswordInput } from "./NewPasswordInput";
import { ProviderButtons } from "./ProviderButtons";

interface Props {
  /** The page to open next. */
  then?: string | undefined;
}

export default function SignUpForm({ then }: Props) {
  const signUp = useSignUp();
  const form = useForm({
    initialValues: { full_name: "", email: "", password: "" },
    validate: {
      full_name: isNotEmpty("Enter your name"),
      email: isEmail("Enter an email address, such as ada@example.com"),
      password: isNotEmpty("Choose a password"),
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
        <FormError error={signUp.error} form={form} />
        <TextInput label="Name" autoComplete="name" {...form.getInputProps("full_name")} />
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          {...form.getInputProps("email")}
        />
        <NewPasswordInput
          label="Password"
          known={form.values.full_name.split(/\s+/).concat(form.values.email.split("@", 1))}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={signUp.isPending}>
          Sign up
        </Button>
        <ProviderButtons then={then} />
        <Text size="sm">
          You have an account?{" "}
          <Anchor renderRoot={(props) => <Link to="/sign-in" {...props} />}>Sign in</Anchor>
        </Text>
      </Stack>
    </form>
  );
}
