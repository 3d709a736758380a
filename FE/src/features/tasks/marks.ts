import { useSyncExternalStore } from "react";

const DURATION = 3_000;

const marked = new Set<string>();
const listeners = new Set<() => void>();

/** Highlight for a moment a task that another user or tab has changed. */
export function markChanged(id: string): void {
  marked.add(id);
  notify();
  setTimeout(() => {
    marked.delete(id);
    notify();
  }, DURATION);
}

export function useIsMarked(id: string): boolean {
  return useSyncExternalStore(subscribe, () => marked.has(id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify(): void {
  listeners.forEach((listener) => listener());
}
