import { Button, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import { useTeam } from "@/lib/useTeam";

import { type InviteRequest, useInvite } from "../api/invitations";
import { ROLE_LABELS, ROLE_TEXTS, rolesToGive } from "../roles";

export default function InviteDialog({ onClose }: { onClose: () => void }) {
  const { id, role } = useTeam();
  const invitation = useInvite(id);
  const roles = rolesToGive(role);
  const form = useForm<InviteRequest>({
    mode: "uncontrolled",
    initialValues: { email: "", role: "member" },
    validate: { email: isNotEmpty("Enter an email") },
  });
  const submit = form.onSubmit((body) =>
    invitation.mutate(body, {
      onSuccess: ({ email }) => {
        reportSuccess(`An invitation is on its way to ${email}.`);
        onClose();
      },
      onError: (error) => form.setErrors(fieldMessages(error)),
    }),
  );
  return (
    <Dialog title="Invite somebody" onClose={onClose} isPending={invitation.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={invitation.error} form={form} />
          <TextInput
            label="Email"
            description="They get a link by mail, which works for seven days"
            type="email"
            autoComplete="off"
            data-autofocus
            key={form.key("email")}
            {...form.getInputProps("email")}
          />
          <NativeSelect
            label="Role"
            data={roles}
            key={form.key("role")}
            {...form.getInputProps("role")}
          />
          <Stack gap={2}>
            {roles.map(({ value }) => (
              <Text key={value} size="xs" c="dimmed">
                {ROLE_LABELS[value]}: {ROLE_TEXTS[value]}
              </Text>
            ))}
          </Stack>
          <DialogActions isPending={invitation.isPending} onClose={onClose}>
            <Button type="submit" loading={invitation.isPending}>
              Invite
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
