import type { Change } from "./api/mutations";
import type { Task, TaskChanges } from "./api/tasks";

export type Field = keyof TaskChanges;

const FIELDS: Field[] = [
  "title",
  "description",
  "status",
  "priority",
  "due_at",
  "due_on",
  "tags",
  "assignee_id",
];

/** Whether two values of a field mean the same; the server trims titles and rewrites times. */
export function isSame<Name extends Field>(field: Name, one: Task[Name], other: unknown): boolean {
  return normalised(field, one) === normalised(field, other);
}

/** The changes for a value that the user entered in a field. */
export function changesTo<Name extends Field>(field: Name, value: Task[Name]): TaskChanges {
  if (typeof value !== "string") return { [field]: value };
  if (field === "description") return { description: value.trim() === "" ? null : value };
  if (field !== "title") return { [field]: value };
  const title = value.trim().replaceAll(/\s+/g, " ");
  // a task keeps its title
  return title === "" ? {} : { title };
}

export function isNoChange(changes: TaskChanges): boolean {
  return fieldsOf(changes).length === 0;
}

/** Whether a task already has the values of a change. */
export function isFulfilled(task: Task, changes: TaskChanges): boolean {
  return fieldsOf(changes).every((field) => isSame(field, task[field], changes[field]));
}

/** A task without a change that failed; later changes stay. */
export function reverted(shown: Task, { task, changes }: Change): Task {
  const undone = fieldsOf(changes).filter((field) => isSame(field, shown[field], changes[field]));
  return { ...shown, ...Object.fromEntries(undone.map((field) => [field, task[field]])) };
}

function fieldsOf(changes: TaskChanges): Field[] {
  return FIELDS.filter((field) => field in changes);
}

function normalised(field: Field, value: unknown): string {
  if (field === "due_at" && typeof value === "string") return String(Date.parse(value));
  if (field === "title" && typeof value === "string") return JSON.stringify(value.trim());
  return JSON.stringify(value ?? null);
}
