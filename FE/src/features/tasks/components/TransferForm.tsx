import { Alert, Button, NativeSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { DialogActions } from "@/components/DialogActions";
import { hasCode, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import { useIdempotencyKey } from "@/lib/useIdempotencyKey";
import type { Team } from "@/lib/useTeam";

import type { Task } from "../api/tasks";
import type { useTransferTask } from "../api/transferTask";
import { latestVersion } from "../api/versions";

interface Props {
  task: Task;
  teams: Team[];
  transfer: ReturnType<typeof useTransferTask>;
  onTransferred: () => void;
  onClose: () => void;
}

export function TransferForm({ task, teams, transfer, onTransferred, onClose }: Props) {
  const [teamId, setTeamId] = useState("");
  const keyOf = useIdempotencyKey();
  // no other team in place of the chosen one: the task could not be taken back
  const team = teams.find(({ id }) => id === teamId);
  const isGone = teamId !== "" && team === undefined;
  const give = (team: Team) =>
    transfer.mutate(
      {
        tasks: [task],
        team,
        idempotencyKey: keyOf([team.id, latestVersion(task)]),
      },
      {
        onSuccess: () => {
          reportSuccess(`“${task.title}” is now a task of ${team.name}.`);
          onClose();
          onTransferred();
        },
      },
    );
  return (
    <Stack>
      <NativeSelect
        label="Team"
        data-autofocus
        autoFocus
        data={[
          { value: "", label: "Choose a team" },
          ...teams.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        error={isGone && "You may not give tasks to that team any more. Choose another one."}
        value={team?.id ?? ""}
        onChange={({ currentTarget }) => setTeamId(currentTarget.value)}
      />
      <Text size="sm">
        It leaves your tasks. Everybody in {team?.name ?? "the team"} sees it with its description,
        and all but viewers can change and delete it. You cannot take it back.
      </Text>
      {transfer.error && (
        <Alert color="red" role="alert" title="The task was not given to the team">
          {hasCode<"transfer_task">(transfer.error, "PRECONDITION_FAILED")
            ? "It has changed since you opened it. Have a look at it, and try again."
            : messageOf(transfer.error)}
        </Alert>
      )}
      <DialogActions isPending={transfer.isPending} onClose={onClose}>
        <Button
          loading={transfer.isPending}
          disabled={team === undefined}
          onClick={() => team && give(team)}
        >
          Give to the team
        </Button>
      </DialogActions>
    </Stack>
  );
}
