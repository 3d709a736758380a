import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";

import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { secondStepPasskeysQuery, useSecondStep, useSecondStepWithPasskey } from "../api/signIn";
import { supportsPasskeys } from "../passkeyCeremony";
import { CodeInput } from "./CodeInput";

interface Props {
  /** `null` after a sign-in with another provider: the browser has it in a cookie. */
  challenge: string | null;
  onRestart: () => void;
}

export function SecondStepForm({ challenge, onRestart }: Props) {
  const secondStep = useSecondStep();
  const withPasskey = useSecondStepWithPasskey();
  const { data: hasPasskey = false } = useQuery({
    ...secondStepPasskeysQuery(challenge),
    enabled: supportsPasskeys(),
  });
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { code: "" },
    validate: { code: isNotEmpty("Enter a code") },
  });
  const submit = form.onSubmit(({ code }) => {
    withPasskey.reset();
    secondStep.mutate(
      { challenge, code },
      { onError: (error) => form.setErrors(fieldMessages(error)) },
    );
  });
  const usePasskey = () => {
    secondStep.reset();
    withPasskey.mutate(challenge);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Title order={1} size="h3">
          Enter a code
        </Title>
        <Text size="sm" c="dimmed">
          Your authenticator app shows it. Without the app, enter one of your recovery codes.
        </Text>
        <FormError error={withPasskey.error ?? secondStep.error} form={form} />
        <CodeInput data-autofocus key={form.key("code")} {...form.getInputProps("code")} />
        <Button type="submit" loading={secondStep.isPending} disabled={withPasskey.isPending}>
          Go on
        </Button>
        {hasPasskey && (
          <Button
            variant="default"
            loading={withPasskey.isPending}
            disabled={secondStep.isPending}
            onClick={usePasskey}
          >
            Use a passkey
          </Button>
        )}
        <Group>
          <Anchor component="button" type="button" size="sm" onClick={onRestart}>
            Start again
          </Anchor>
        </Group>
      </Stack>
    </form>
  );
}
