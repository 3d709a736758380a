/** The id of the element that has the focus while the user moves between rows. */
export function rowId(taskId: string): string {
  return `task-${taskId}`;
}

export function focusRow(taskId: string): void {
  document.getElementById(rowId(taskId))?.focus();
}

/** The task of the row in which the focus is. */
export function focusedTaskId(): string | null {
  const row = document.activeElement?.closest<HTMLElement>("[data-task]");
  return row?.dataset.task ?? null;
}

export function firstVisibleTaskId(): string | null {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-task]")];
  const top = document.querySelector("[data-list-head]")?.getBoundingClientRect().bottom ?? 0;
  return rows.find((row) => row.getBoundingClientRect().top >= top)?.dataset.task ?? null;
}

/** The element that a popover for a field of a row is anchored to. */
export function anchorOf(taskId: string, field: string): HTMLElement | null {
  const title = document.getElementById(rowId(taskId));
  const row = title?.closest("[data-task]");
  return row?.querySelector<HTMLElement>(`[data-field=${field}]`) ?? title;
}
