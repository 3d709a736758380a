import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { messageOf } from "@/lib/api/errors";
import { useSession } from "@/lib/useSession";

import { challengeOf, useSignIn } from "../api/signIn";
import { PasskeySignIn } from "./PasskeySignIn";
import { arrivalMessage } from "../arrivalFailures";
import { ProviderButtons } from "./ProviderButtons";
import { SecondStepForm } from "./SecondStepForm";

interface Props {
  /** Why the user came back from a provider without being signed in. */
  failure?: string | undefined;
  /** The page to open next. */
  then?: string | undefined;
}

export default function SignInForm({ failure, then }: Props) {
  const { reason } = useSession();
  const signIn = useSignIn();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { email: "", password: "" },
    validate: {
      email: isNotEmpty("Enter your email"),
      password: isNotEmpty("Enter your password"),
    },
  });
  const [isBegunElsewhere, setBegunElsewhere] = useState(failure === "second_factor_required");
  const challenge = challengeOf(signIn.error);
  const restart = () => {
    setBegunElsewhere(false);
    signIn.reset();
  };
  if (challenge !== null || isBegunElsewhere)
    return <SecondStepForm challenge={challenge} onRestart={restart} />;
  return (
    <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
      <Stack>
        <Title order={1} size="h3">
          Sign in
        </Title>
        {reason === "ended" && <Alert>Your session has ended. Sign in again to go on.</Alert>}
        {reason === "deleted" && <Alert>Your account is deleted.</Alert>}
        {failure !== undefined && signIn.isIdle && (
          <Alert color="red" role="alert">
            {arrivalMessage(failure)}
          </Alert>
        )}
        {signIn.isError && (
          <Alert color="red" role="alert">
            {messageOf(signIn.error)}
          </Alert>
        )}
        <TextInput
          label="Email"
          type="email"
          autoComplete="username"
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
        <PasskeySignIn />
        <ProviderButtons then={then} />
        <Anchor size="sm" renderRoot={(props) => <Link to="/forgot-password" {...props} />}>
          Forgot your password?
        </Anchor>
        <Text size="sm">
          New here?{" "}
          <Anchor renderRoot={(props) => <Link to="/sign-up" {...props} />}>Make an account</Anchor>
        </Text>
      </Stack>
    </form>
  );
}
