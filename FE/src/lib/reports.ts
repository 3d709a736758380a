import type { NotificationData } from "@mantine/notifications";

import { ApiError, messageOf } from "./api/errors";

let count = 0;
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
  if (reports.isUsed)
    void import("@mantine/notifications").then(({ notifications }) => notifications.clean());
}

/** Show a notification; returns how to take it away. */
export function report(notification: NotificationData): () => void {
  const id = String((count += 1));
  reports.isUsed = true;
  listeners.forEach((listener) => listener());
  const loaded = import("@mantine/notifications");
  void loaded.then(({ notifications }) => notifications.show({ ...notification, id }));
  return () => void loaded.then(({ notifications }) => notifications.hide(id));
}
