import { useShortcuts } from "@/lib/useShortcuts";

import type { Task } from "../../api/tasks";
import type { useSelection } from "../../useSelection";
import { focusedTaskId, focusRow } from "../rows";
import type { PopoverField } from "../TaskActions";
import type { Bulk } from "./useBulk";

/** The button that changes a field of the selected tasks. */
export function bulkFieldId(field: PopoverField): string {
  return `selected-${field}`;
}

/** Select, change and delete by keyboard, in a list of tasks. */
export function useSelectionShortcuts(
  tasks: Task[],
  selection: ReturnType<typeof useSelection>,
  bulk: Bulk,
  mayWrite: boolean,
): void {
  const select = (toAnchor: boolean) => () => {
    const id = focusedTaskId();
    if (id !== null) selection.toggle(id, toAnchor);
  };
  const remove = (event: KeyboardEvent) => {
    const id = focusedTaskId();
    const removed =
      selection.tasks.length > 0 ? selection.tasks : tasks.filter((task) => task.id === id);
    if (removed.length === 0) return;
    event.preventDefault();
    const next = followerOf(tasks, removed);
    bulk.remove(removed);
    if (id !== null && next) requestAnimationFrame(() => focusRow(next.id));
  };
  const editing = (field: PopoverField) => (event: KeyboardEvent) => {
    if (selection.tasks.length === 0) return;
    event.preventDefault(); // else the focused row would handle the key, too
    document.getElementById(bulkFieldId(field))?.click();
  };
  const shortcuts = {
    s: editing("status"),
    p: editing("priority"),
    d: editing("due"),
    t: editing("tags"),
    a: editing("assignee"),
    v: select(false),
    V: select(true),
    Escape: () => {
      selection.clear();
      bulk.forget();
    },
    Delete: remove,
    Backspace: remove,
  };
  useShortcuts(mayWrite ? shortcuts : {});
}

/** The task that takes the place of the last one removed. */
function followerOf(tasks: Task[], removed: Task[]): Task | undefined {
  const last = removed.at(-1);
  const at = tasks.findIndex(({ id }) => id === last?.id);
  const others = new Set(removed);
  return (
    tasks.slice(at + 1).find((task) => !others.has(task)) ??
    tasks.slice(0, at).findLast((task) => !others.has(task))
  );
}
