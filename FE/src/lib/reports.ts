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

/** Show the user what went wrong, with the request id that the server's log has. */
export function reportError(error: unknown): void {
  const id = error instanceof ApiError && error.status >= 500 ? ` (${error.requestId ?? ""})` : "";
  report({ color: "red", title: "That did not work", message: messageOf(error) + id });
}

export function reportSuccess(message: string): void {
  report({ color: "teal", message });
}

/** Remove the reports for a user who has left. */
export function clearReports(): void {
  waiting = [];
  board?.clean();
}

/** Show a notification; returns a function that hides it. */
export function report(notification: NotificationData): () => void {
  const id = String((count += 1));
  reports.isUsed = true;
  listeners.forEach((listener) => listener());
  whenReady((ready) => ready.show({ ...notification, id }));
  return () => whenReady((ready) => ready.hide(id));
}

/** Called by the component that shows notifications, once it is loaded. */
export function showReportsOn(ready: Board): void {
  board = ready;
  waiting.forEach((task) => task(ready));
  waiting = [];
}

function whenReady(task: (board: Board) => void): void {
  if (board) task(board);
  else waiting.push(task);
}
