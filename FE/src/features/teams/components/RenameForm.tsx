import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";

import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import type { Team } from "@/lib/useTeam";

import { useRenameTeam } from "../api/teams";

/** `team` is the newest version; a save applies only to the version that the user saw. */
export function RenameForm({ team }: { team: Team }) {
  const renaming = useRenameTeam(team.id);
  const [base, setBase] = useState(team);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: team.name },
    validate: { name: isNotEmpty("Enter a name") },
  });
  const save = (version: number) =>
    renaming.mutate(
      { name: form.getValues().name, version },
      {
        onSuccess: (saved) => {
          setBase(saved);
          reportSuccess(`The team is called ${saved.name}.`);
        },
        onError: (error) => form.setErrors(fieldMessages(error)),
      },
    );
  const isConflict = hasCode<"change_team">(renaming.error, "PRECONDITION_FAILED");
  return (
    <form onSubmit={form.onSubmit(() => save(base.version))} noValidate>
      <Stack maw={420}>
        {!isConflict && <FormError error={renaming.error} form={form} />}
        {isConflict && team.version > base.version && (
          <Alert color="yellow" title="Somebody else has renamed the team" role="alert">
            <Text size="sm" mb="xs">
              It is now called {team.name}.
            </Text>
            <Group gap="xs">
              <Button size="xs" onClick={() => save(team.version)}>
                Save mine
              </Button>
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  form.setValues({ name: team.name });
                  setBase(team);
                  renaming.reset();
                }}
              >
                Take the newer one
              </Button>
            </Group>
          </Alert>
        )}
        <TextInput
          label="Name of the team"
          maxLength={100}
          autoComplete="off"
          key={form.key("name")}
          {...form.getInputProps("name")}
        />
        <Group>
          <Button type="submit" loading={renaming.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
