import { Button, Group, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";

import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { type Profile, useChangeProfile } from "../api/profile";
import { changesOf, fieldsOf } from "../edit";
import { ProfileConflict } from "./ProfileConflict";

export function ProfileForm({ profile }: { profile: Profile }) {
  const change = useChangeProfile();
  // the profile when the user began to type; a newer one must not be overwritten unseen
  const [base, setBase] = useState(profile);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: textsOf(profile),
    validate: { full_name: isNotEmpty("Enter your name") },
  });

  const save = (version: number) =>
    change.mutate(
      { version, changes: changesOf({ ...fieldsOf(base), ...form.getValues() }, base) },
      {
        onSuccess: (saved) => {
          setBase(saved);
          reportSuccess("Your profile is saved.");
        },
        onError: (error) => form.setErrors(fieldMessages(error)),
      },
    );

  const isConflict = hasCode<"change_my_profile">(change.error, "PRECONDITION_FAILED");
  return (
    <form onSubmit={form.onSubmit(() => save(base.version))} noValidate>
      <Stack maw={420}>
        {isConflict ? (
          <ProfileConflict
            onKeepMine={save}
            onTakeTheirs={(newest) => {
              form.setValues(textsOf(newest));
              setBase(newest);
              change.reset();
            }}
          />
        ) : (
          <FormError error={change.error} form={form} />
        )}
        <TextInput
          label="Email"
          description="It cannot be changed"
          variant="filled"
          value={profile.email}
          readOnly
        />
        <TextInput
          label="Name"
          autoComplete="name"
          maxLength={100}
          required
          key={form.key("full_name")}
          {...form.getInputProps("full_name")}
        />
        <TextInput
          label="Username"
          description="3 to 32 letters, digits, dots, dashes or underscores. It may be empty."
          autoComplete="nickname"
          key={form.key("username")}
          {...form.getInputProps("username")}
        />
        <Group>
          <Button type="submit" loading={change.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function textsOf(profile: Profile) {
  const { full_name, username } = fieldsOf(profile);
  return { full_name, username };
}
