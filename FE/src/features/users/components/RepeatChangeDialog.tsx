import { Alert, Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { hasCode, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { useChangeUser } from "../api/changeUser";
import { newestUserQuery, type User } from "../api/users";
import { differencesOf, fieldsOf, isMade } from "../edit";
import type { StateChange } from "../stateChanges";
import { UserDifferences } from "./UserDifferences";

interface Props {
  /** The user as the admin saw them when making the change. */
  user: User;
  stateChange: StateChange;
  onClose: () => void;
}

/** A change that met a newer version: shows what is new, and offers to make it anyway. */
export default function RepeatChangeDialog({ user, stateChange, onClose }: Props) {
  const { label, changes, done } = stateChange;
  const newest = useQuery(newestUserQuery(user.id));
  const change = useChangeUser();
  const repeat = (current: User) =>
    change.mutate(
      { user: current, changes },
      {
        onSuccess: () => {
          reportSuccess(done);
          onClose();
        },
      },
    );
  // another newer version: it is fetched and shown
  const isRefused = hasCode<"change_user">(change.error, "PRECONDITION_FAILED");
  const current = newest.isFetching ? undefined : newest.data;
  return (
    <Dialog title={`${user.full_name} was changed`} onClose={onClose} isPending={change.isPending}>
      <Stack>
        {change.isError && !isRefused && (
          <Alert color="red" role="alert" title="Nothing was changed">
            {messageOf(change.error)}
          </Alert>
        )}
        {newest.isError && (
          <ErrorNotice error={newest.error} onRetry={() => void newest.refetch()} />
        )}
        {newest.isFetching && <LoadingNotice rows={2} />}
        {current && <WhatIsNew before={user} current={current} stateChange={stateChange} />}
        <DialogActions isPending={change.isPending} onClose={onClose}>
          {!(current && isMade(changes, current)) && (
            <Button
              disabled={!current}
              loading={change.isPending}
              onClick={() => current && repeat(current)}
            >
              {label}
            </Button>
          )}
        </DialogActions>
      </Stack>
    </Dialog>
  );
}

interface WhatIsNewProps {
  before: User;
  current: User;
  stateChange: StateChange;
}

function WhatIsNew({ before, current, stateChange: { label, changes } }: WhatIsNewProps) {
  const differences = differencesOf(fieldsOf(before), current);
  return (
    <div role="status">
      {differences.length === 0 ? (
        "Somebody else saved this user meanwhile; what is shown here is the same."
      ) : (
        <UserDifferences theirs={differences} />
      )}
      {isMade(changes, current)
        ? "Nothing is left to do."
        : `Nothing was changed by you yet. ${label} anyway?`}
    </div>
  );
}
