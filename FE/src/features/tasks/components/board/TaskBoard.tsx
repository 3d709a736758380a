import { DndContext, type DragEndEvent, DragOverlay } from "@dnd-kit/core";
import { useReducedMotion } from "@mantine/hooks";
import { useState } from "react";

import { useNow } from "@/lib/useNow";

import type { Task, TaskFilters, TaskStatus } from "../../api/tasks";
import { useTaskActions } from "../TaskActions";
import { BoardColumn } from "./BoardColumn";
import { Card } from "./BoardCard";
import { STATUSES } from "./columns";
import { announcements, columnAt, INSTRUCTIONS, taskOf, useBoardSensors } from "./dragging";
import classes from "./TaskBoard.module.css";
import { useBoard } from "./useBoard";

/** A column for each status; a card that is dropped in another one changes its status. */
export default function TaskBoard({ filters }: { filters: TaskFilters }) {
  const { change } = useTaskActions();
  const columnOf = useBoard(filters);
  const sensors = useBoardSensors();
  const now = useNow();
  const reducedMotion = useReducedMotion();
  const [dragged, setDragged] = useState<Task | null>(null);
  const [droppedId, setDroppedId] = useState<string | null>(null);
  const drop = ({ active, over }: DragEndEvent) => {
    const task = taskOf(active);
    setDragged(null);
    if (over === null || over.id === task.status) return;
    setDroppedId(task.id);
    change(task, { status: over.id as TaskStatus });
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={columnAt}
      accessibility={{
        announcements,
        screenReaderInstructions: { draggable: INSTRUCTIONS },
      }}
      onDragStart={({ active }) => setDragged(taskOf(active))}
      onDragEnd={drop}
      onDragCancel={() => setDragged(null)}
    >
      {/* focusable, because on a phone the columns scroll sideways */}
      <div
        className={classes.board}
        data-dragging={dragged !== null || undefined}
        role="region"
        aria-label="Board"
        tabIndex={0}
      >
        {(filters.status ?? STATUSES).map((status) => (
          <BoardColumn
            key={status}
            status={status}
            {...columnOf(status)}
            droppedId={droppedId}
            now={now}
          />
        ))}
      </div>
      <DragOverlay {...(reducedMotion && { dropAnimation: null })}>
        {dragged && (
          <div className={classes.card} data-lifted>
            <Card task={dragged} now={now} />
          </div>
        )}
      </DragOverlay>
    </DndContext>
  );
}
