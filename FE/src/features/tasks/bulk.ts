import type { Task, TaskChanges } from "./api/tasks";

/** The changes to each of several tasks, from its current state. */
export type ChangesOf = (task: Task) => TaskChanges;

export function withTags(added: string[]): ChangesOf {
  return ({ tags }) => ({ tags: [...new Set([...tags, ...added])] });
}

export function withoutTags(removed: string[]): ChangesOf {
  return ({ tags }) => ({ tags: tags.filter((tag) => !removed.includes(tag)) });
}

/** The value that all tasks have; `null` if they differ. */
export function commonOf<Value>(tasks: Task[], valueOf: (task: Task) => Value): Value | null {
  const [first, ...others] = tasks.map(valueOf);
  return first !== undefined && others.every((value) => value === first) ? first : null;
}
