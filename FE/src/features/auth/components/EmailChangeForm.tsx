import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";

import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
import { useUser } from "@/lib/useSession";

import { useRequestEmailChange } from "../api/emailChange";

export function EmailChangeForm({ onClose }: { onClose: () => void }) {
  const { email: present } = useUser();
  const request = useRequestEmailChange();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { email: "" },
    validate: { email: (value) => faultOf(value.trim(), present) },
  });
  const submit = form.onSubmit(({ email }) =>
    request.mutate(email, {
      onSuccess: onClose,
      onError: (error) => form.setErrors(fieldMessages(error)),
    }),
  );
  return (
    <form onSubmit={submit} noValidate aria-label="Change the email" style={{ width: "100%" }}>
      <Stack maw={420}>
        <Text size="sm" c="dimmed">
          The new address gets a mail to confirm it, the present one a mail to cancel. When it is
          confirmed, every other browser and device is signed out.
        </Text>
        <FormError error={request.error} form={form} />
        <TextInput
          type="email"
          label="New email"
          autoComplete="email"
          data-autofocus
          autoFocus
          key={form.key("email")}
          {...form.getInputProps("email")}
        />
        <Group>
          <Button type="submit" loading={request.isPending}>
            Send the mails
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function faultOf(email: string, present: string): string | null {
  if (email === "") return "Enter the new email";
  return email === present ? "This is your email already" : null;
}
