import { Button, NativeSelect, Stack, Switch, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { useChangeUser } from "../api/changeUser";
import { readUser, type User } from "../api/users";
import { changesOf, differencesOf, fieldsOf, rebase } from "../edit";
import { ROLE_OPTIONS } from "../search";
import { UserConflict } from "./UserConflict";

interface Props {
  user: User;
  onClose: () => void;
}

export default function EditUserDialog({ user, onClose }: Props) {
  const change = useChangeUser();
  const [base, setBase] = useState(user);
  const [conflicts, setConflicts] = useState<string[] | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: fieldsOf(user),
    validate: { full_name: isNotEmpty("Enter a name") },
  });

  async function save(changes: ReturnType<typeof changesOf>) {
    setFailure(null);
    try {
      const { full_name } = await change.mutateAsync({ user: base, changes });
      reportSuccess(`${full_name} was saved.`);
      onClose();
    } catch (error) {
      if (hasCode<"change_user">(error, "PRECONDITION_FAILED")) {
        await readUser(user.id).then(showConflict, setFailure);
      } else {
        form.setErrors(fieldMessages(error));
        setFailure(error);
      }
    }
  }
  function showConflict(current: User) {
    const mine = rebase(form.getValues(), base, current);
    form.setValues(mine);
    setConflicts(differencesOf(mine, current));
    setBase(current);
  }
  function takeTheirs() {
    form.setValues(fieldsOf(base));
    setConflicts(null);
  }

  const submit = form.onSubmit((fields) => {
    const changes = changesOf(fields, base);
    if (Object.keys(changes).length === 0) onClose();
    else void save(changes);
  });
  return (
    <Dialog title={`Edit ${user.email}`} onClose={onClose} isPending={change.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={failure} form={form} />
          {conflicts && <UserConflict theirs={conflicts} onTakeTheirs={takeTheirs} />}
          <TextInput
            label="Name"
            data-autofocus
            key={form.key("full_name")}
            {...form.getInputProps("full_name")}
          />
          <TextInput
            label="Username"
            description="May be left empty"
            key={form.key("username")}
            {...form.getInputProps("username")}
          />
          <NativeSelect
            label="Role"
            description="Another role ends the user's sessions"
            data={ROLE_OPTIONS}
            key={form.key("role")}
            {...form.getInputProps("role")}
          />
          <Switch
            label="Active"
            description="A user who is not active cannot sign in"
            key={form.key("is_active")}
            {...form.getInputProps("is_active", { type: "checkbox" })}
          />
          <DialogActions isPending={change.isPending} onClose={onClose}>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
