import { type ComponentType, createContext, useContext } from "react";

import type { Task, TaskChanges } from "../api/tasks";

/** The fields of a row that are changed in a popover. */
export type PopoverField = "status" | "priority" | "due" | "tags" | "assignee";

/** The actions of a row. The functions never change, so that rows need not render again. */
export interface TaskActions {
  /** If `false`, only `open` is offered. */
  mayWrite: boolean;
  /** Rendered in the rows of a team's tasks. */
  AssigneeFact?: ComponentType<{ task: Task }> | undefined;
  change: (task: Task, changes: TaskChanges) => void;
  open: (task: Task) => void;
  /** Open a popover for a new value, beside an element of the row. */
  editField: (task: Task, field: PopoverField, anchor: HTMLElement) => void;
  /** Edit the title in its place; `null` ends it. */
  rename: (task: Task | null) => void;
  /** Move to the trash: all, or none if one fails. */
  remove: (tasks: Task[]) => void;
}

export const TaskActionsContext = createContext<TaskActions | null>(null);

export function useTaskActions(): TaskActions {
  const actions = useContext(TaskActionsContext);
  if (actions === null) throw new Error("There is no TaskActionsContext.");
  return actions;
}

export function toggled({ status }: Task): TaskChanges {
  return { status: status === "done" ? "todo" : "done" };
}
