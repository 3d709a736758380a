import { Button, Checkbox, Container, Group, Paper, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Trash2Icon, Undo2Icon } from "lucide-react";
import { useMemo } from "react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";
import { useMayWrite } from "@/lib/useTeam";
import { PageTitle } from "@/components/PageTitle";

import { tasksOf } from "../../api/pages";
import { useRestoreTasks } from "../../api/restoreTasks";
import { trashQuery } from "../../api/trash";
import { useSelection } from "../../useSelection";
import { EmptyTrashButton } from "./EmptyTrashButton";
import { TrashRow } from "./TrashRow";

export default function TrashPage() {
  const mayWrite = useMayWrite();
  const trash = useInfiniteQuery(trashQuery);
  const tasks = useMemo(() => (trash.data ? tasksOf(trash.data) : []), [trash.data]);
  const { ids, tasks: selected, toggle, toggleAll, clear } = useSelection(tasks);
  const { mutate: restore } = useRestoreTasks();
  const restoreSelected = () => {
    restore(selected);
    clear();
  };
  return (
    <Container size="lg" px={0}>
      <PageTitle actions={mayWrite && tasks.length > 0 && <EmptyTrashButton onEmptied={clear} />}>
        Trash
      </PageTitle>
      {trash.isPending && <LoadingNotice isPaused={trash.isPaused} />}
      {trash.isLoadingError && (
        <ErrorNotice error={trash.error} onRetry={() => void trash.refetch()} />
      )}
      {trash.isSuccess && tasks.length === 0 && (
        <EmptyNotice title="The trash is empty" icon={<Trash2Icon size={28} />}>
          What you delete stays here for 30 days.
        </EmptyNotice>
      )}
      {tasks.length > 0 && (
        <>
          <Group justify="space-between" mih={36} mb="xs" px="sm">
            {mayWrite && (
              <Checkbox
                size="xs"
                label={selected.length > 0 ? `${selected.length} selected` : "Select all"}
                checked={selected.length === tasks.length}
                indeterminate={selected.length > 0 && selected.length < tasks.length}
                onChange={toggleAll}
              />
            )}
            {mayWrite && selected.length > 0 ? (
              <Button size="xs" leftSection={<Undo2Icon size={16} />} onClick={restoreSelected}>
                Restore {selected.length === 1 ? "the task" : `${selected.length} tasks`}
              </Button>
            ) : (
              <Text size="sm" c="dimmed">
                Tasks stay here for 30 days
              </Text>
            )}
          </Group>
          <Paper withBorder component="ul" m={0} p={0} aria-label="Deleted tasks">
            {tasks.map((task) => (
              <TrashRow
                key={task.id}
                task={task}
                mayWrite={mayWrite}
                isSelected={ids.has(task.id)}
                onToggle={toggle}
                onRestore={restore}
              />
            ))}
          </Paper>
          <LoadMore query={trash} />
        </>
      )}
    </Container>
  );
}
