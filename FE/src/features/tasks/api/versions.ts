import type { Task } from "./tasks";

/** By task and version: the version that a change on this page turned it into. */
const successors = new Map<string, number>();

/** Record that a change made on this page led from one version to another. */
export function recordVersion(id: string, version: number, next: number): void {
  successors.set(`${id} ${version}`, next);
}

/** The version of a task after the changes made on this page alone. */
export function latestVersion({ id, version }: Task): number {
  let latest = version;
  for (;;) {
    const next = successors.get(`${id} ${latest}`);
    if (next === undefined || next === latest) return latest;
    latest = next;
  }
}
