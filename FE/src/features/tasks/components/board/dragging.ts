import {
  type Active,
  type Announcements,
  type CollisionDetection,
  type KeyboardCoordinateGetter,
  KeyboardCode,
  KeyboardSensor,
  MouseSensor,
  pointerWithin,
  rectIntersection,
  TouchSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";

import type { Task, TaskStatus } from "../../api/tasks";
import { STATUS_LABELS } from "../../words";
import { STATUSES } from "./columns";

/** Enter opens a card, as on any button: the space bar picks it up. */
const KEYBOARD_CODES = {
  start: [KeyboardCode.Space],
  cancel: [KeyboardCode.Esc, KeyboardCode.Tab],
  end: [KeyboardCode.Space, KeyboardCode.Enter],
};
const STEPS: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export const INSTRUCTIONS =
  "Press Enter to open the task. Press the space bar to pick it up, the left and right arrows to " +
  "choose a column, the space bar to drop it and Escape to leave it where it was.";

export function useBoardSensors() {
  return useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    // a shorter touch scrolls
    useSensor(TouchSensor, { activationConstraint: { delay: 200, tolerance: 8 } }),
    useSensor(KeyboardSensor, { coordinateGetter: toColumn, keyboardCodes: KEYBOARD_CODES }),
  );
}

export function taskOf({ data }: Active): Task {
  return (data.current as { task: Task }).task;
}

/** The column below the pointer; without a pointer, the one that the card overlaps most. */
export const columnAt: CollisionDetection = (args) => {
  const below = pointerWithin(args);
  return below.length > 0 ? below : rectIntersection(args);
};

const toColumn: KeyboardCoordinateGetter = (event, { currentCoordinates, context }) => {
  const step = STEPS[event.code];
  if (step === undefined || context.over === null) return undefined;
  event.preventDefault();
  const columns = STATUSES.filter((status) => context.droppableRects.has(status));
  const next = columns[columns.indexOf(context.over.id as TaskStatus) + step];
  const column = next && context.droppableRects.get(next);
  return column && { ...currentCoordinates, x: column.left };
};

export const announcements: Announcements = {
  onDragStart: ({ active }) => `Picked up ${taskOf(active).title}.`,
  onDragOver: ({ active, over }) =>
    over ? `${taskOf(active).title} is over ${labelOf(over.id)}.` : undefined,
  onDragEnd: ({ active, over }) =>
    over ? `${taskOf(active).title} was dropped in ${labelOf(over.id)}.` : undefined,
  onDragCancel: ({ active }) => `${taskOf(active).title} stays where it was.`,
};

function labelOf(id: unknown): string {
  return STATUS_LABELS[id as TaskStatus];
}
