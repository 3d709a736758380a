import { Button, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
import { useIdempotencyKey } from "@/lib/useIdempotencyKey";

import { useCreateTeam } from "../api/teams";

/** Creates a team, and leads to its page of members to invite others. */
export default function CreateTeamDialog({ onClose }: { onClose: () => void }) {
  const creation = useCreateTeam();
  const keyOf = useIdempotencyKey();
  const navigate = useNavigate();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { name: "" },
    validate: { name: isNotEmpty("Enter a name") },
  });
  const submit = form.onSubmit(({ name }) =>
    creation.mutate(
      { name, idempotencyKey: keyOf(name) },
      {
        onSuccess: ({ id }) => {
          onClose();
          void navigate({ to: "/teams/$teamId/members", params: { teamId: id } });
        },
        onError: (error) => form.setErrors(fieldMessages(error)),
      },
    ),
  );
  return (
    <Dialog title="New team" onClose={onClose} isPending={creation.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={creation.error} form={form} />
          <TextInput
            label="Name"
            description="You own the team, and invite others to it"
            maxLength={100}
            autoComplete="off"
            data-autofocus
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <DialogActions isPending={creation.isPending} onClose={onClose}>
            <Button type="submit" loading={creation.isPending}>
              Make the team
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
