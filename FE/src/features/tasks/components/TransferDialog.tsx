import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { Dialog } from "@/components/Dialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";

import type { Task } from "../api/tasks";
import { writableTeamsQuery } from "../api/teams";
import { useTransferTask } from "../api/transferTask";
import { TransferForm } from "./TransferForm";

interface Props {
  task: Task;
  onTransferred: () => void;
  onClose: () => void;
}

/** The choice of the team to give a task to, and what that means. */
export default function TransferDialog({ task, onTransferred, onClose }: Props) {
  const teams = useQuery(writableTeamsQuery);
  const transfer = useTransferTask();
  return (
    <Dialog title="Give the task to a team" onClose={onClose} isPending={transfer.isPending}>
      {teams.isPending && <LoadingNotice rows={2} isPaused={teams.isPaused} />}
      {teams.isLoadingError && (
        <ErrorNotice error={teams.error} onRetry={() => void teams.refetch()} />
      )}
      {teams.data?.length === 0 && (
        <Text>
          You are not in a team where you may add tasks.{" "}
          <Anchor renderRoot={(props) => <Link to="/teams" {...props} />}>Go to your teams</Anchor>
        </Text>
      )}
      {teams.data && teams.data.length > 0 && (
        <TransferForm
          task={task}
          teams={teams.data}
          transfer={transfer}
          onTransferred={onTransferred}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
