import { Button } from "@mantine/core";
import { UsersIcon } from "lucide-react";
import { useDisclosure } from "@mantine/hooks";

import { lazyOverlay } from "@/components/lazyPart";

import type { Task } from "../api/tasks";

const TransferDialog = lazyOverlay(() => import("./TransferDialog"));

interface Props {
  task: Task;
  onTransferred: () => void;
}

/** For one's own tasks: what is a team's stays there. */
export function TransferButton({ task, onTransferred }: Props) {
  const [isAsking, { open, close }] = useDisclosure();
  if (task.team_id !== null) return null;
  return (
    <>
      <Button variant="default" leftSection={<UsersIcon size={16} />} onClick={open}>
        Give to a team …
      </Button>
      {isAsking && <TransferDialog task={task} onTransferred={onTransferred} onClose={close} />}
    </>
  );
}
