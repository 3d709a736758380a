import { hashKey, type Mutation, type QueryClient } from "@tanstack/react-query";

import { pageWithTaskAfter } from "./pages";
import type { Task, TaskChanges, TaskFilters, TaskPage } from "./tasks";

/** The variables of a mutation with the key `taskKeys.create`. */
export interface Creation {
  /** The task as it is shown until the server has created it. */
  task: Task;
  /** The list it is added to. */
  filters: TaskFilters;
  idempotencyKey: string;
}

/** The variables of a mutation with a key `taskKeys.change(id)`. */
export interface Change {
  /** The task as the user saw it when making the change. */
  task: Task;
  changes: TaskChanges;
}

/** The variables of a mutation with a key `taskKeys.move(id)`. */
export interface Move {
  task: Task;
  /** The id of the task before it; `null` if it comes first. */
  after: string | null;
  /** The list in which it is moved. */
  filters: TaskFilters;
}

/** The variables of a mutation with the key `taskKeys.delete`. */
export interface Deletion {
  tasks: Task[];
  idempotencyKey: string;
}

type Kind = "create" | "change" | "move" | "delete";

/** Call it before fetching a list; returns the mutations that the response may lack. */
export function watchMutations(queryClient: QueryClient): () => Mutation[] {
  const settled = new Set(mutationsOf(queryClient).filter(isSettled));
  return () => mutationsOf(queryClient).filter((mutation) => !settled.has(mutation));
}

/** A fetched page with what was created, changed, moved and deleted during the request. */
export function withMutations(
  page: TaskPage,
  mutations: Mutation[],
  filters: TaskFilters,
  /** Only the first page shows new tasks. */
  isFirst: boolean,
): TaskPage {
  const deleted = new Set(mutations.flatMap(deletedBy));
  const left = page.items.filter(({ id }) => !deleted.has(id));
  const moves = mutations
    .flatMap((mutation) => moveOf(mutation, filters))
    .filter(({ task, after }) => !deleted.has(task.id) && !(after && deleted.has(after)));
  const items = withMoves({ ...page, items: left }, moves, isFirst).map((task) =>
    withChanges(task, mutations),
  );
  const created = isFirst ? mutations.flatMap((mutation) => createdBy(mutation, filters)) : [];
  const missing = created.filter(({ id }) => !items.some((item) => item.id === id)).reverse();
  const more = missing.length - (page.items.length - left.length);
  const total = page.total === undefined ? {} : { total: page.total + more };
  return { ...page, ...total, items: [...missing, ...items] };
}

function withMoves(page: TaskPage, moves: Move[], isFirst: boolean): Task[] {
  return moves.reduce((moved, { task, after }) => {
    const held = page.items.find(({ id }) => id === task.id) ?? task;
    return pageWithTaskAfter(moved, held, after, isFirst);
  }, page).items;
}

/** A saved task with the changes of mutations still pending. */
export function withPendingChanges(queryClient: QueryClient, saved: Task, done: unknown): Task {
  const others = mutationsOf(queryClient).filter(({ state }) => state.variables !== done);
  return withChanges(saved, others);
}

function withChanges(task: Task, mutations: Mutation[]): Task {
  return mutations.reduce((changed, { options, state }) => {
    if (options.mutationKey?.[2] !== task.id) return changed;
    if (state.status === "pending")
      return isOf(options.mutationKey, "change")
        ? { ...changed, ...(state.variables as Change).changes }
        : changed;
    const saved = state.data as Task | undefined;
    return saved && saved.version > changed.version ? saved : changed;
  }, task);
}

function moveOf({ options, state }: Mutation, filters: TaskFilters): Move[] {
  if (!isOf(options.mutationKey, "move") || state.status === "error") return [];
  const move = state.variables as Move;
  return hashKey([move.filters]) === hashKey([filters]) ? [move] : [];
}

function createdBy({ options, state }: Mutation, filters: TaskFilters): Task[] {
  if (!isOf(options.mutationKey, "create")) return [];
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
