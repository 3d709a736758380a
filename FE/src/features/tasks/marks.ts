import { useSyncExternalStore } from "react";

const DURATION = 3_000;

const marked = new Set<string>();
const listeners = new Set<() => void>();

/** Show for a moment that somebody else has changed a task. */
export function markChanged(id: string): void {
  marked.add(id);
  tell();
  setTimeout(() => {
    marked.delete(id);
    tell();
  }, DURATION);
}

export function useIsMarked(id: string): boolean {
  return useSyncExternalStore(subscribe, () => marked.has(id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  listeners.forEach((listener) => listener());
}
