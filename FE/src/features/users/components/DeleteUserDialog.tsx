import { Alert, Button, Stack, Text } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { useDeleteUser } from "../api/changeUser";
import type { User } from "../api/users";

interface Props {
  user: User;
  onClose: () => void;
}

export default function DeleteUserDialog({ user, onClose }: Props) {
  const removal = useDeleteUser();
  const remove = () =>
    removal.mutate(user, {
      onSuccess: () => {
        reportSuccess(`${user.full_name} was deleted.`);
        onClose();
      },
    });
  return (
    <Dialog title={`Delete ${user.full_name}?`} onClose={onClose} isPending={removal.isPending}>
      <Stack>
        {removal.isError && (
          <Alert color="red" role="alert" title="Nothing was deleted">
            {messageOf(removal.error)}
          </Alert>
        )}
        <Text size="sm">
          The account {user.email}, its sessions, profile and tasks will be gone. This cannot be
          undone.
        </Text>
        <DialogActions isPending={removal.isPending} onClose={onClose} isCancelFocused>
          <Button color="red" loading={removal.isPending} onClick={remove}>
            Delete
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}
