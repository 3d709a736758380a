import { Box, Button, Code, Stack, Text } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { QRCodeSVG } from "qrcode.react";

import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import type { TotpSecret, useConfirmTwoSteps } from "../api/twoSteps";
import { CodeInput } from "./CodeInput";

interface Props {
  secret: TotpSecret;
  confirm: ReturnType<typeof useConfirmTwoSteps>;
  onClose: () => void;
}

/** Shows the secret for the app to scan, and takes the app's first code. */
export function AuthenticatorApp({ secret, confirm, onClose }: Props) {
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { code: "" },
    validate: { code: isNotEmpty("Enter the code that the app shows") },
  });
  const submit = form.onSubmit(({ code }) =>
    confirm.mutate(code, { onError: (error) => form.setErrors(fieldMessages(error)) }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">Scan this with your authenticator app.</Text>
        {/* apps read only dark on light */}
        <Box bg="white" p="md" style={{ alignSelf: "center", lineHeight: 0 }}>
          <QRCodeSVG value={secret.uri} size={180} title="QR code for the authenticator app" />
        </Box>
        <Text size="sm">
          If it cannot scan, type this key into it:{" "}
          <Code style={{ overflowWrap: "anywhere" }}>{inGroups(secret.secret)}</Code>
        </Text>
        <FormError error={confirm.error} form={form} />
        <CodeInput
          label="Code that the app shows"
          inputMode="numeric"
          data-autofocus
          key={form.key("code")}
          {...form.getInputProps("code")}
        />
        <DialogActions isPending={confirm.isPending} onClose={onClose}>
          <Button type="submit" loading={confirm.isPending}>
            Turn on
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}

function inGroups(text: string): string {
  return text.replace(/(.{4})(?=.)/g, "$1 ");
}
