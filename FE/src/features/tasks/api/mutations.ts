import { hashKey, type Mutation, type QueryClient } from "@tanstack/react-query";

import type { Task, TaskChanges, TaskFilters, TaskPage } from "./tasks";

/** What a mutation with the key `taskKeys.create` was called with. */
export interface Creation {
  /** As it is shown until the server has made it. */
  task: Task;
  /** The list it is added to. */
  filters: TaskFilters;
  idempotencyKey: string;
}

/** What a mutation with a key `taskKeys.change(id)` was called with. */
export interface Change {
  /** What somebody saw who made the change. */
  task: Task;
  changes: TaskChanges;
}

/** What a mutation with the key `taskKeys.delete` was called with. */
export interface Deletion {
  tasks: Task[];
  idempotencyKey: string;
}

type Kind = "create" | "change" | "delete";

/** Begin before a list is fetched; returns the mutations that its answer may not know of. */
export function watchMutations(queryClient: QueryClient): () => Mutation[] {
  const settled = new Set(mutationsOf(queryClient).filter(isSettled));
  return () => mutationsOf(queryClient).filter((mutation) => !settled.has(mutation));
}

/** An answer with what was created, changed and deleted while it was on its way. */
export function withMutations(
  page: TaskPage,
  mutations: Mutation[],
  /** Given for the first page alone: there are the new tasks. */
  filters: TaskFilters | null,
): TaskPage {
  const deleted = new Set(mutations.flatMap(deletedBy));
  const items = page.items
    .filter(({ id }) => !deleted.has(id))
    .map((task) => withChanges(task, mutations));
  const created = mutations.flatMap((mutation) => createdBy(mutation, filters));
  const missing = created.filter(({ id }) => !items.some((item) => item.id === id)).reverse();
  const more = missing.length - (page.items.length - items.length);
  const total = page.total === undefined ? {} : { total: page.total + more };
  return { ...page, ...total, items: [...missing, ...items] };
}

/** What the server holds, with what is still on its way there. */
export function withPendingChanges(queryClient: QueryClient, saved: Task, done: unknown): Task {
  const others = mutationsOf(queryClient).filter(({ state }) => state.variables !== done);
  return withChanges(saved, others);
}

function withChanges(task: Task, mutations: Mutation[]): Task {
  return mutations.reduce((changed, { options, state }) => {
    if (!isOf(options.mutationKey, "change") || options.mutationKey?.[2] !== task.id)
      return changed;
    if (state.status === "pending") return { ...changed, ...(state.variables as Change).changes };
    const saved = state.data as Task | undefined;
    return saved && saved.version > changed.version ? saved : changed;
  }, task);
}

function createdBy({ options, state }: Mutation, filters: TaskFilters | null): Task[] {
  if (!isOf(options.mutationKey, "create") || filters === null) return [];
  const creation = state.variables as Creation;
  if (hashKey([creation.filters]) !== hashKey([filters])) return [];
  if (state.status === "pending") return [creation.task];
  return state.status === "success" ? [state.data as Task] : [];
}

function deletedBy({ options, state }: Mutation): string[] {
  if (!isOf(options.mutationKey, "delete") || state.status === "error") return [];
  return (state.variables as Deletion).tasks.map(({ id }) => id);
}

function isOf(key: readonly unknown[] | undefined, kind: Kind): boolean {
  return key?.[1] === kind;
}

function isSettled({ state }: Mutation): boolean {
  return state.status === "success" || state.status === "error";
}

function mutationsOf(queryClient: QueryClient): Mutation[] {
  return queryClient.getMutationCache().findAll({ mutationKey: ["tasks"] });
}
