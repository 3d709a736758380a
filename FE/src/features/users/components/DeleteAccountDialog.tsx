import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { fieldMessages, messageOf } from "@/lib/api/errors";
import { useUser } from "@/lib/useSession";

import { hasPasswordQuery, useDeleteAccount } from "../api/deleteAccount";

export default function DeleteAccountDialog({ onClose }: { onClose: () => void }) {
  const { email } = useUser();
  const deleteAccount = useDeleteAccount();
  const { data: hasPassword = true } = useQuery(hasPasswordQuery);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { confirmation: "", password: "" },
    validate: {
      confirmation: (typed) => (typed.trim() === email ? null : "This is not your email"),
      password: (typed) => (hasPassword && typed === "" ? "Enter your password" : null),
    },
  });
  const submit = form.onSubmit(({ password }) =>
    deleteAccount.mutate(hasPassword ? { password } : {}),
  );
  return (
    <Dialog title="Delete my account" onClose={onClose} isPending={deleteAccount.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">
            Profile, tasks and sessions of <b>{email}</b> are gone at once. Nobody can bring them
            back: export your tasks first if you want to keep them.
          </Text>
          <Refusal error={deleteAccount.error} />
          <TextInput
            label="Your email, to be sure"
            autoComplete="off"
            key={form.key("confirmation")}
            {...form.getInputProps("confirmation")}
          />
          {hasPassword && (
            <PasswordInput
              label="Password"
              autoComplete="current-password"
              key={form.key("password")}
              {...form.getInputProps("password")}
            />
          )}
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

/** Why the account was not deleted, with links to the teams that would have no owner. */
function Refusal({ error }: { error: Error | null }) {
  if (error === null) return null;
  const faults = Object.entries(fieldMessages(error)).filter(([field]) =>
    field.startsWith("teams."),
  );
  return (
    <Alert color="red" role="alert" title={faults.length > 0 ? "You own teams alone" : undefined}>
      {faults.length === 0 && messageOf(error)}
      <Stack gap="xs">
        {faults.map(([field, message]) => {
          const path: string = `/teams/${field.slice("teams.".length)}/members`;
          return (
            <Text key={field} size="sm">
              {message}.
              <Anchor inherit renderRoot={(props) => <Link to={path} {...props} />}>
                Go to the team
              </Anchor>
            </Text>
          );
        })}
      </Stack>
    </Alert>
  );
}
