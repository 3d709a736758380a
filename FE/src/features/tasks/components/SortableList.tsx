import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import { restrictToVerticalAxis } from "@dnd-kit/modifiers";
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { ActionIcon } from "@mantine/core";
import { GripVerticalIcon } from "lucide-react";
import { type ComponentProps, type ReactNode, useMemo, useState } from "react";

import { isNew } from "../api/createTask";
import { useMoveTask } from "../api/moveTask";
import type { Task, TaskFilters } from "../api/tasks";
import classes from "./SortableList.module.css";
import { VirtualList } from "./VirtualList";

interface Props extends ComponentProps<typeof VirtualList> {
  filters: TaskFilters;
}

/** The list in the manual order: rows are dragged by mouse, finger or keyboard. */
export default function SortableList({ filters, tasks, keptId = null, children, ...list }: Props) {
  const move = useMoveTask(filters);
  const [draggedId, setDraggedId] = useState<string | null>(null);
  const ids = useMemo(() => tasks.map(({ id }) => id), [tasks]);
  const sensors = useSensors(
    useSensor(PointerSensor),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const drop = ({ active, over }: DragEndEvent) => {
    setDraggedId(null);
    const from = ids.indexOf(String(active.id));
    const to = over ? ids.indexOf(String(over.id)) : -1;
    const task = tasks[from];
    if (task === undefined || to < 0 || to === from) return;
    move(task, ids[to > from ? to : to - 1] ?? null);
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      modifiers={[restrictToVerticalAxis]}
      accessibility={{ announcements: announcementsFor(tasks) }}
      onDragStart={({ active }) => setDraggedId(String(active.id))}
      onDragEnd={drop}
      onDragCancel={() => setDraggedId(null)}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <VirtualList {...list} tasks={tasks} keptId={draggedId ?? keptId}>
          {(task) => <SortableRow task={task}>{children(task)}</SortableRow>}
        </VirtualList>
      </SortableContext>
    </DndContext>
  );
}

function SortableRow({ task, children }: { task: Task; children: ReactNode }) {
  const {
    attributes,
    listeners,
    setNodeRef,
    setActivatorNodeRef,
    transform,
    transition,
    isDragging,
  } = useSortable({ id: task.id, disabled: isNew(task) });
  return (
    <div
      ref={setNodeRef}
      className={classes.row}
      data-dragged={isDragging || undefined}
      style={{ transform: CSS.Translate.toString(transform), transition }}
    >
      <ActionIcon
        ref={setActivatorNodeRef}
        className={classes.handle}
        variant="subtle"
        color="gray"
        {...attributes}
        {...listeners}
        aria-label={`Move: ${task.title}`}
      >
        <GripVerticalIcon size={16} />
      </ActionIcon>
      <div className={classes.content}>{children}</div>
    </div>
  );
}

function announcementsFor(tasks: Task[]) {
  const titleOf = (id: unknown) => tasks.find((task) => task.id === id)?.title ?? "";
  const placeOf = (id: unknown) => tasks.findIndex((task) => task.id === id) + 1;
  return {
    onDragStart: ({ active }: { active: { id: unknown } }) => `Picked up ${titleOf(active.id)}.`,
    onDragOver: ({ active, over }: { active: { id: unknown }; over: { id: unknown } | null }) =>
      over ? `${titleOf(active.id)} is at place ${placeOf(over.id)}.` : undefined,
    onDragEnd: ({ active, over }: { active: { id: unknown }; over: { id: unknown } | null }) =>
      over ? `${titleOf(active.id)} was put at place ${placeOf(over.id)}.` : undefined,
    onDragCancel: ({ active }: { active: { id: unknown } }) => `${titleOf(active.id)} stays.`,
  };
}
