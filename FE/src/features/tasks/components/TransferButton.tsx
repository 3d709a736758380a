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

/** For the user's own tasks: a team's task cannot be transferred. */
export function TransferButton({ task, onTransferred }: Props) {
  const [isOpen, { open, close }] = useDisclosure();
  if (task.team_id !== null) return null;
  return (
    <>
      <Button variant="default" leftSection={<UsersIcon size={16} />} onClick={open}>
        Give to a team …
      </Button>
      {isOpen && <TransferDialog task={task} onTransferred={onTransferred} onClose={close} />}
    </>
  );
}
