import type { NotificationData, notifications } from "@mantine/notifications";

import { ApiError, messageOf } from "./api/errors";

type Board = Pick<typeof notifications, "show" | "hide" | "clean">;

let count = 0;
let board: Board | null = null;
let waiting: ((board: Board) => void)[] = [];
const listeners = new Set<() => void>();

/** Whether anything was reported yet. */
export const reports = {
  isUsed: false,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** Tell people what went wrong, with the id under which the server's log has it. */
export function reportError(error: unknown): void {
  const id = error instanceof ApiError && error.status >= 500 ? ` (${error.requestId ?? ""})` : "";
  report({ color: "red", title: "That did not work", message: messageOf(error) + id });
}

export function reportSuccess(message: string): void {
  report({ color: "teal", message });
}

/** Take away what was reported to somebody who has left. */
export function clearReports(): void {
  waiting = [];
  board?.clean();
}

/** Show a notification; returns how to take it away. */
export function report(notification: NotificationData): () => void {
  const id = String((count += 1));
  reports.isUsed = true;
  listeners.forEach((listener) => listener());
  whenThere((there) => there.show({ ...notification, id }));
  return () => whenThere((there) => there.hide(id));
}

/** Called by what shows notifications, as soon as it is loaded. */
export function showReportsOn(there: Board): void {
  board = there;
  waiting.forEach((task) => task(there));
  waiting = [];
}

function whenThere(task: (board: Board) => void): void {
  if (board) task(board);
  else waiting.push(task);
}
