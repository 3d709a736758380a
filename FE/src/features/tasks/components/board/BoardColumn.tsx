import { useDroppable } from "@dnd-kit/core";
import { Badge, Group, Text, Title, VisuallyHidden } from "@mantine/core";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";

import type { TaskStatus } from "../../api/tasks";
import { tasksText } from "../../tasksText";
import { STATUS_LABELS } from "../../words";
import { StatusIcon } from "../StatusToggle";
import { BoardCard } from "./BoardCard";
import classes from "./TaskBoard.module.css";
import type { BoardColumnData } from "./useBoard";

interface Props extends BoardColumnData {
  status: TaskStatus;
  /** The card that was moved last: it keeps the focus in its new column. */
  droppedId: string | null;
  now: Date;
}

export function BoardColumn({ status, query, tasks, total, droppedId, now }: Props) {
  const { setNodeRef, isOver } = useDroppable({ id: status });
  const headingId = `column-${status}`;
  // offline, the tasks of another search are not shown in its place
  const isWaiting = query.isPending || (query.isPlaceholderData && query.isPaused);
  return (
    <section
      ref={setNodeRef}
      className={classes.column}
      data-over={isOver || undefined}
      aria-labelledby={headingId}
    >
      <Group gap="xs" px={4} mb="xs" wrap="nowrap">
        <StatusIcon status={status} size={18} />
        <Title order={2} size="h6" id={headingId}>
          {STATUS_LABELS[status]}
        </Title>
        {total !== null && !isWaiting && (
          <Badge variant="default">
            <VisuallyHidden>{tasksText(total)}</VisuallyHidden>
            <span aria-hidden>{total}</span>
          </Badge>
        )}
      </Group>
      {isWaiting && <LoadingNotice rows={4} isPaused={query.isPaused} />}
      {query.isLoadingError && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && !isWaiting && tasks.length === 0 && (
        <Text size="sm" c="dimmed" ta="center" py="lg">
          Nothing here
        </Text>
      )}
      <ul className={classes.cards} aria-labelledby={headingId}>
        {(isWaiting ? [] : tasks).map((task) => (
          <BoardCard key={task.id} task={task} now={now} autoFocus={task.id === droppedId} />
        ))}
      </ul>
      <LoadMore query={query} />
    </section>
  );
}
