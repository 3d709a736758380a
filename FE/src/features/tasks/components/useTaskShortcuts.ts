import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useShortcuts } from "@/lib/useShortcuts";

import { type TaskPages, tasksOf } from "../api/pages";
import { type Task, type TaskFilters, taskKeys } from "../api/tasks";
import { anchorOf, firstVisibleTaskId, focusedTaskId, focusRow } from "./rows";
import { type PopoverField, type TaskActions, toggled } from "./TaskActions";

/** The keys of the page; `?` shows them. */
export function useTaskShortcuts(filters: TaskFilters, actions: TaskActions) {
  const queryClient = useQueryClient();
  const [isOpen, setOpen] = useState(false);

  const tasks = () => {
    const list = queryClient.getQueryData<TaskPages>(taskKeys.list(filters));
    return list ? tasksOf(list) : [];
  };
  const step = (by: number) => {
    const all = tasks();
    const focusedId = focusedTaskId();
    const from = all.findIndex(({ id }) => id === focusedId);
    const next = focusedId === null ? firstVisibleTaskId() : all[from + by]?.id;
    if (next) focusRow(next);
  };
  const onRow = (act: (task: Task) => void) => (event: KeyboardEvent) => {
    const id = focusedTaskId();
    const task = tasks().find((item) => item.id === id);
    if (task === undefined) return;
    event.preventDefault();
    act(task);
  };
  const editing = (field: PopoverField) =>
    onRow((task) => {
      const anchor = anchorOf(task.id, field);
      if (anchor) actions.editField(task, field, anchor);
    });
  const focusing = (id: string) => (event: KeyboardEvent) => {
    event.preventDefault();
    document.getElementById(id)?.focus({ preventScroll: true });
  };

  const changing = {
    x: onRow((task) => actions.change(task, toggled(task))),
    e: onRow((task) => actions.rename(task)),
    F2: onRow((task) => actions.rename(task)),
    s: editing("status"),
    p: editing("priority"),
    d: editing("due"),
    t: editing("tags"),
    ...(actions.AssigneeFact && { a: editing("assignee") }),
  };
  useShortcuts({
    n: focusing("new-task"),
    "/": focusing("search-tasks"),
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: onRow(() => step(1)),
    ArrowUp: onRow(() => step(-1)),
    ...(actions.mayWrite && changing),
    "?": () => setOpen(true),
  });
  return { isOpen, close: () => setOpen(false) };
}
