import { Button, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { type Passkey, useRenamePasskey } from "../api/passkeys";

interface Props {
  passkey: Passkey;
  onClose: () => void;
}

export default function RenamePasskeyDialog({ passkey, onClose }: Props) {
  const rename = useRenamePasskey();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: passkey.name },
    validate: { name: isNotEmpty("Give it a name") },
  });
  const submit = form.onSubmit(({ name }) =>
    rename.mutate(
      { id: passkey.id, name },
      { onSuccess: onClose, onError: (error) => form.setErrors(fieldMessages(error)) },
    ),
  );
  return (
    <Dialog title="Rename the passkey" onClose={onClose} isPending={rename.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={rename.error} form={form} />
          <TextInput
            label="Name"
            maxLength={100}
            autoComplete="off"
            data-autofocus
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <DialogActions isPending={rename.isPending} onClose={onClose}>
            <Button type="submit" loading={rename.isPending}>
              Save
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
