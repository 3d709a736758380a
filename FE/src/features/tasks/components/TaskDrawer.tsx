import "@mantine/core/styles/Drawer.layer.css";
import "@mantine/core/styles/ModalBase.layer.css";

import { Drawer } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";

import { taskQuery } from "../api/task";
import { focusRow } from "./rows";
import { TaskDetails } from "./TaskDetails";

/** All fields of a task; each change is saved at once. */
export default function TaskDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const task = useQuery(taskQuery(useQueryClient(), id));
  // however it is closed, even by the back button
  useEffect(() => () => focusRow(id), [id]);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title="Task"
      closeButtonProps={{ "aria-label": "Close" }}
      transitionProps={{ duration: 120 }}
    >
      {task.isPending && <LoadingNotice isPaused={task.isPaused} />}
      {task.isLoadingError && (
        <ErrorNotice error={task.error} onRetry={() => void task.refetch()} />
      )}
      {task.data && <TaskDetails key={id} task={task.data} onClose={onClose} />}
    </Drawer>
  );
}
