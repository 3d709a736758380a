import type { Task } from "./api/tasks";

/** A day (`YYYY-MM-DD`) with an optional time (`HH:MM`), by this browser's clock. */
export interface Due {
  day: string;
  time: string | null;
}

type DueFields = Pick<Task, "due_at" | "due_on">;

const DAY = 86_400_000;

export function dueOf({ due_at, due_on }: DueFields): Due | null {
  if (due_on !== null) return { day: due_on, time: null };
  if (due_at === null) return null;
  const moment = new Date(due_at);
  return { day: dayOf(moment), time: timeOf(moment) };
}

/** The fields of a task for a due date: a day, or a moment. */
export function dueFields(due: Due | null): DueFields {
  if (due === null) return { due_at: null, due_on: null };
  if (due.time === null) return { due_at: null, due_on: due.day };
  return { due_at: new Date(`${due.day}T${due.time}`).toISOString(), due_on: null };
}

export function isOverdue(task: Pick<Task, "due_at" | "due_on" | "status">, now: Date): boolean {
  if (task.status === "done") return false;
  if (task.due_on !== null) return task.due_on < dayOf(now);
  return task.due_at !== null && Date.parse(task.due_at) < now.getTime();
}

/** `Today`, `Tomorrow, 14:30`, `Monday`, `3 Dec` or `3 Dec 2031`. */
export function dueText({ day, time }: Due, now: Date): string {
  const text = dayText(day, now);
  return time === null ? text : `${text}, ${time}`;
}

function dayText(day: string, now: Date): string {
  const distance = daysBetween(dayOf(now), day);
  if (distance === 0) return "Today";
  if (distance === 1) return "Tomorrow";
  if (distance === -1) return "Yesterday";
  const date = startOf(day);
  if (distance > 1 && distance < 7) return date.toLocaleDateString("en-GB", { weekday: "long" });
  const isThisYear = date.getFullYear() === now.getFullYear();
  return date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(!isThisYear && { year: "numeric" }),
  });
}

export function dayOf(moment: Date): string {
  const month = String(moment.getMonth() + 1).padStart(2, "0");
  const day = String(moment.getDate()).padStart(2, "0");
  return `${moment.getFullYear()}-${month}-${day}`;
}

/** A day some days later. */
export function later(day: string, days: number): string {
  const date = startOf(day);
  date.setDate(date.getDate() + days);
  return dayOf(date);
}

/** The midnight at which a day begins in this time zone. */
export function startOf(day: string): Date {
  return new Date(`${day}T00:00`);
}

function timeOf(moment: Date): string {
  return moment.toTimeString().slice(0, 5);
}

function daysBetween(one: string, other: string): number {
  return Math.round((Date.parse(other) - Date.parse(one)) / DAY);
}
