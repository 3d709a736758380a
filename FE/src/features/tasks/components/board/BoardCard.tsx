import { useDraggable } from "@dnd-kit/core";
import { Group, Text, UnstyledButton } from "@mantine/core";
import { CalendarIcon } from "lucide-react";
import { memo } from "react";

import type { Task } from "../../api/tasks";
import { useIsMarked } from "../../marks";
import { dueOf, dueText, isOverdue } from "../../due";
import { PRIORITY_LABELS } from "../../words";
import { PriorityIcon } from "../PriorityIcon";
import { useTaskActions } from "../TaskActions";
import { CardAssignee } from "./CardAssignee";
import classes from "./TaskBoard.module.css";

interface Props {
  task: Task;
  now: Date;
  autoFocus: boolean;
}

export const BoardCard = memo(function BoardCard({ task, now, autoFocus }: Props) {
  const { mayWrite, open } = useTaskActions();
  const { setNodeRef, attributes, listeners, isDragging } = useDraggable({
    id: task.id,
    data: { task },
    attributes: { roleDescription: "card" },
  });
  return (
    <li>
      <UnstyledButton
        ref={setNodeRef}
        className={classes.card}
        data-dragged={isDragging || undefined}
        data-changed={useIsMarked(task.id) || undefined}
        autoFocus={autoFocus}
        data-fixed={!mayWrite || undefined}
        {...(mayWrite && { ...attributes, ...listeners })}
        onClick={() => open(task)}
      >
        <Card task={task} now={now} />
      </UnstyledButton>
    </li>
  );
});

/** The content of a card, in its column or while it is dragged. */
export function Card({ task, now }: Pick<Props, "task" | "now">) {
  const due = dueOf(task);
  const isLate = isOverdue(task, now);
  return (
    <>
      <Text size="sm" lineClamp={3} className={classes.title}>
        {task.title}
      </Text>
      <Group gap={6} className={classes.facts}>
        {task.priority !== "none" && (
          <span className={classes.fact}>
            <PriorityIcon priority={task.priority} size={16} />
            {PRIORITY_LABELS[task.priority]}
          </span>
        )}
        {due && (
          <span className={classes.fact} data-late={isLate || undefined}>
            <CalendarIcon size={14} />
            {dueText(due, now)}
            {isLate && ", overdue"}
          </span>
        )}
        {task.assignee_id && <CardAssignee id={task.assignee_id} />}
        {task.tags.map((tag) => (
          <span key={tag} className={classes.tag}>
            {tag}
          </span>
        ))}
      </Group>
    </>
  );
}
