import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { useSecondStep } from "../api/signIn";
import { CodeInput } from "./CodeInput";

interface Props {
  /** `null` after a sign-in with another provider: the browser has it in a cookie. */
  challenge: string | null;
  onRestart: () => void;
}

export function SecondStepForm({ challenge, onRestart }: Props) {
  const secondStep = useSecondStep();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { code: "" },
    validate: { code: isNotEmpty("Enter a code") },
  });
  const submit = form.onSubmit(({ code }) =>
    secondStep.mutate(
      { challenge, code },
      { onError: (error) => form.setErrors(fieldMessages(error)) },
    ),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Title order={1} size="h3">
          Enter a code
        </Title>
        <Text size="sm" c="dimmed">
          Your authenticator app shows it. Without the app, enter one of your recovery codes.
        </Text>
        <FormError error={secondStep.error} form={form} />
        <CodeInput data-autofocus key={form.key("code")} {...form.getInputProps("code")} />
        <Button type="submit" loading={secondStep.isPending}>
          Go on
        </Button>
        <Group>
          <Anchor component="button" type="button" size="sm" onClick={onRestart}>
            Start again
          </Anchor>
        </Group>
      </Stack>
    </form>
  );
}
