import { Button, NativeSelect, PasswordInput, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import { useIdempotencyKey } from "@/lib/useIdempotencyKey";

import { useCreateUser } from "../api/createUser";
import type { UserDraft } from "../api/users";
import { ROLE_OPTIONS } from "../search";

const EMPTY: UserDraft & { username: string } = {
  full_name: "",
  email: "",
  username: "",
  password: "",
  role: "user",
};

export default function CreateUserDialog({ onClose }: { onClose: () => void }) {
  const creation = useCreateUser();
  const keyOf = useIdempotencyKey();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: EMPTY,
    validate: {
      full_name: isNotEmpty("Enter a name"),
      email: isNotEmpty("Enter an email"),
      password: isNotEmpty("Choose a password"),
    },
  });
  const submit = form.onSubmit(({ username, ...fields }) => {
    const body: UserDraft = { ...fields, ...(username.trim() !== "" && { username }) };
    creation.mutate(
      { body, idempotencyKey: keyOf(body) },
      {
        onSuccess: (user) => {
          reportSuccess(`${user.full_name} was added.`);
          onClose();
        },
        onError: (error) => form.setErrors(fieldMessages(error)),
      },
    );
  });
  return (
    <Dialog title="Add a user" onClose={onClose} isPending={creation.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={creation.error} form={form} />
          <TextInput
            label="Name"
            data-autofocus
            key={form.key("full_name")}
            {...form.getInputProps("full_name")}
          />
          <TextInput
            label="Email"
            type="email"
            autoComplete="off"
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          <TextInput
            label="Username"
            description="May be left empty"
            autoComplete="off"
            key={form.key("username")}
            {...form.getInputProps("username")}
          />
          <PasswordInput
            label="Password"
            autoComplete="new-password"
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          <NativeSelect
            label="Role"
            data={ROLE_OPTIONS}
            key={form.key("role")}
            {...form.getInputProps("role")}
          />
          <DialogActions isPending={creation.isPending} onClose={onClose}>
            <Button type="submit" loading={creation.isPending}>
              Add
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
