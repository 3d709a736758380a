import type { Task } from "./tasks";

/** By task and version: the version that a change of this page made of it. */
const successors = new Map<string, number>();

/** A change that was made here has led from one version to another. */
export function follow(id: string, version: number, next: number): void {
  successors.set(`${id} ${version}`, next);
}

/** The version of a task after the changes that were made here, and by nobody else. */
export function latestVersion({ id, version }: Task): number {
  let latest = version;
  for (;;) {
    const next = successors.get(`${id} ${latest}`);
    if (next === undefined || next === latest) return latest;
    latest = next;
  }
}
