import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { LoadingNotice } from "@/components/LoadingNotice";
import { fieldMessages } from "@/lib/api/errors";

import { useBeginTwoSteps, useConfirmTwoSteps } from "../api/twoSteps";
import { useWaysToProve } from "../waysToProve";
import { AuthenticatorApp } from "./AuthenticatorApp";
import { RecoveryCodes } from "./RecoveryCodes";

/** The password, then a code of the app, then the recovery codes. */
export default function TurnOnTwoStepsDialog({ onClose }: { onClose: () => void }) {
  const begin = useBeginTwoSteps();
  const confirm = useConfirmTwoSteps();
  const isPending = begin.isPending || confirm.isPending;
  return (
    <Dialog title="Turn on two-step sign-in" onClose={onClose} isPending={isPending}>
      {confirm.isSuccess ? (
        <RecoveryCodes codes={confirm.data.recovery_codes} onClose={onClose} />
      ) : begin.isSuccess ? (
        <AuthenticatorApp secret={begin.data} confirm={confirm} onClose={onClose} />
      ) : (
        <BeginForm begin={begin} onClose={onClose} />
      )}
    </Dialog>
  );
}

interface BeginFormProps {
  begin: ReturnType<typeof useBeginTwoSteps>;
  onClose: () => void;
}

/** An account without a password has been through a step-up before this form. */
function BeginForm({ begin, onClose }: BeginFormProps) {
  const { hasPassword, isKnown } = useWaysToProve();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { password: "" },
    validate: hasPassword ? { password: isNotEmpty("Enter your password") } : {},
  });
  const submit = form.onSubmit((values) =>
    begin.mutate(hasPassword ? values : {}, {
      onError: (error) => form.setErrors(fieldMessages(error)),
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">
          You need an authenticator app on your phone, such as the one of your password manager.
        </Text>
        <FormError error={begin.error} form={form} />
        {!isKnown && <LoadingNotice rows={1} />}
        {isKnown && hasPassword && (
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            data-autofocus
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
        )}
        <DialogActions isPending={begin.isPending} onClose={onClose}>
          <Button type="submit" disabled={!isKnown} loading={begin.isPending}>
            Go on
          </Button>
        </DialogActions>
      </Stack>
    </form>
  );
}
