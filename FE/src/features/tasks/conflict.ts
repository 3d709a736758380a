import type { TaskConflict } from "./api/conflicts";
import type { Members } from "./api/members";
import type { Task, TaskChanges } from "./api/tasks";
import { type Field, isSame } from "./changes";
import { labelsOf, UNKNOWN_MEMBER } from "./assignees";
import { dueOf, dueText } from "./due";
import { PRIORITY_LABELS, STATUS_LABELS } from "./words";

interface Part {
  label: string;
  /** Chosen together: a task is due on a day or at a time, never both. */
  fields: Field[];
  text: (task: Task, now: Date, members: Members | undefined) => string;
}

const PARTS: Part[] = [
  { label: "Title", fields: ["title"], text: ({ title }) => title },
  { label: "Status", fields: ["status"], text: ({ status }) => STATUS_LABELS[status] },
  { label: "Priority", fields: ["priority"], text: ({ priority }) => PRIORITY_LABELS[priority] },
  {
    label: "Due",
    fields: ["due_at", "due_on"],
    text: (task, now) => {
      const due = dueOf(task);
      return due ? dueText(due, now) : "No date";
    },
  },
  {
    label: "Assignee",
    fields: ["assignee_id"],
    text: ({ assignee_id }, _now, members) =>
      assignee_id === null
        ? "Nobody"
        : ((members && labelsOf(members).get(assignee_id)) ?? UNKNOWN_MEMBER),
  },
  { label: "Tags", fields: ["tags"], text: ({ tags }) => tags.join(", ") || "No tags" },
  {
    label: "Description",
    fields: ["description"],
    text: ({ description }) => description ?? "No description",
  },
];

export type Side = "mine" | "theirs";

/** A part in which the two versions differ. */
export interface Difference {
  label: string;
  mine: string;
  theirs: string;
  /** Who changed it; a part that both changed is mine until the user decides. */
  changedBy: Side;
  /** The changes that make the part mine. */
  changes: TaskChanges;
}

export function differencesOf(conflict: TaskConflict, now: Date, members?: Members): Difference[] {
  const { task, changes, current } = conflict;
  const mine = { ...task, ...changes };
  return PARTS.filter(({ fields }) =>
    fields.some((field) => !isSame(field, mine[field], current[field])),
  ).map(({ label, fields, text }) => ({
    label,
    mine: text(mine, now, members),
    theirs: text(current, now, members),
    changedBy: fields.some((field) => field in changes) ? "mine" : "theirs",
    changes: Object.fromEntries(fields.map((field) => [field, mine[field]])),
  }));
}
