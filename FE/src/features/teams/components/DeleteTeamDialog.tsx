import { Alert, Button, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { hasCode, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import { useTeam } from "@/lib/useTeam";

import { dropTeam, useDeleteTeam } from "../api/teams";

/** Asks for the name, so that no team is deleted by mistake. */
export default function DeleteTeamDialog({ onClose }: { onClose: () => void }) {
  const { id, name, version } = useTeam();
  const deletion = useDeleteTeam(id);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: "" },
    validate: { name: (typed) => (typed.trim() === name ? null : "This is not its name") },
  });
  const submit = form.onSubmit(() =>
    deletion.mutate(version, {
      onSuccess: () => {
        reportSuccess(`${name} was deleted.`);
        void navigate({ to: "/teams" }).then(() => dropTeam(queryClient, id));
      },
    }),
  );
  return (
    <Dialog title={`Delete ${name}?`} onClose={onClose} isPending={deletion.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          {deletion.isError && (
            <Alert color="red" role="alert" title="Nothing was deleted">
              {hasCode<"delete_team">(deletion.error, "PRECONDITION_FAILED")
                ? "Somebody else has changed the team meanwhile. Check its name again."
                : messageOf(deletion.error)}
            </Alert>
          )}
          <Text size="sm">
            <b>{name}</b> is gone at once, with its members and invitations. Nobody can bring it
            back.
          </Text>
          <TextInput
            label="The name of the team, to be sure"
            autoComplete="off"
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <DialogActions isPending={deletion.isPending} onClose={onClose} isCancelFocused>
            <Button type="submit" color="red.9" loading={deletion.isPending}>
              Delete for good
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
