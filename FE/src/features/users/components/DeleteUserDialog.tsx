import { Alert, Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { hasCode, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { useDeleteUser } from "../api/changeUser";
import { newestUserQuery, type User } from "../api/users";
import { differencesOf, fieldsOf } from "../edit";
import { UserDifferences } from "./UserDifferences";

interface Props {
  user: User;
  onClose: () => void;
}

export default function DeleteUserDialog({ user, onClose }: Props) {
  const removal = useDeleteUser();
  const isChanged = hasCode<"delete_user">(removal.error, "PRECONDITION_FAILED");
  const newest = useQuery({ ...newestUserQuery(user.id), enabled: isChanged });
  const theirs = newest.data ? differencesOf(fieldsOf(user), newest.data) : [];
  const remove = () =>
    removal.mutate(newest.data ?? user, {
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
            {isChanged ? "Somebody else has changed this user. " : messageOf(removal.error)}
            {theirs.length > 0 && <UserDifferences theirs={theirs} />}
          </Alert>
        )}
        <Text size="sm">
          The account {user.email}, its sessions, profile and tasks will be gone. This cannot be
          undone.
        </Text>
        <DialogActions isPending={removal.isPending} onClose={onClose} isCancelFocused>
          <Button color="red.9" loading={removal.isPending || newest.isFetching} onClick={remove}>
            Delete
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}
