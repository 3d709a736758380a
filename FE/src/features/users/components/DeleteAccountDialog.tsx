import { Alert, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { messageOf } from "@/lib/api/errors";
import { useUser } from "@/lib/useSession";

import { useDeleteAccount } from "../api/deleteAccount";

export default function DeleteAccountDialog({ onClose }: { onClose: () => void }) {
  const { email } = useUser();
  const deleteAccount = useDeleteAccount();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { confirmation: "", password: "" },
    validate: {
      confirmation: (typed) => (typed.trim() === email ? null : "This is not your email"),
      password: isNotEmpty("Enter your password"),
    },
  });
  return (
    <Dialog title="Delete my account" onClose={onClose} isPending={deleteAccount.isPending}>
      <form onSubmit={form.onSubmit(({ password }) => deleteAccount.mutate(password))} noValidate>
        <Stack>
          <Text size="sm">
            Profile, tasks and sessions of <b>{email}</b> are gone at once. Nobody can bring them
            back: export your tasks first if you want to keep them.
          </Text>
          {deleteAccount.isError && (
            <Alert color="red" role="alert">
              {messageOf(deleteAccount.error)}
            </Alert>
          )}
          <TextInput
            label="Your email, to be sure"
            autoComplete="off"
            key={form.key("confirmation")}
            {...form.getInputProps("confirmation")}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            key={form.key("password")}
            {...form.getInputProps("password")}
          />
          <DialogActions isPending={deleteAccount.isPending} onClose={onClose}>
            <Button type="submit" color="red.9" loading={deleteAccount.isPending}>
              Delete for good
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
