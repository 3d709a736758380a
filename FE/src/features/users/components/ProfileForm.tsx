import { Button, Group, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { type Profile, useChangeProfile } from "../api/profile";
import { ProfileConflict } from "./ProfileConflict";

export function ProfileForm({ profile }: { profile: Profile }) {
  const change = useChangeProfile();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { full_name: profile.full_name, username: profile.username ?? "" },
    validate: { full_name: isNotEmpty("Your name") },
  });

  const save = (version: number) => {
    const { full_name, username } = form.getValues();
    change.mutate(
      { version, changes: { full_name, username: username.trim() || null } },
      {
        onSuccess: () => {
          form.resetDirty();
          reportSuccess("Your profile is saved.");
        },
        onError: (error) => form.setErrors(fieldMessages(error)),
      },
    );
  };

  const isConflict = hasCode<"change_my_profile">(change.error, "PRECONDITION_FAILED");
  return (
    <form onSubmit={form.onSubmit(() => save(profile.version))} noValidate>
      <Stack maw={420}>
        {isConflict && (
          <ProfileConflict
            onKeepMine={save}
            onTakeTheirs={({ full_name, username }) => {
              form.setValues({ full_name, username: username ?? "" });
              change.reset();
            }}
          />
        )}
        {!isConflict && <FormError error={change.error} form={form} />}
        <TextInput label="Email" value={profile.email} disabled />
        <TextInput
          label="Name"
          autoComplete="name"
          maxLength={100}
          required
          key={form.key("full_name")}
          {...form.getInputProps("full_name")}
        />
        <TextInput
          label="User name"
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
