import type { Message } from "@/lib/live/stream";

const KINDS = ["created", "changed", "deleted", "restored"] as const;

/** A change of a task, made anywhere. */
export interface LiveChange {
  kind: (typeof KINDS)[number];
  id: string;
  version: number | null;
}

/** The team whose tasks a message concerns; `null` for the user's own. */
export function teamOf({ data }: Message): string | null {
  const { team_id } = (data ?? {}) as { team_id?: string | null };
  return team_id ?? null;
}

/** The change in a message; `null` if it concerns no task. */
export function changeOf({ event, data }: Message): LiveChange | null {
  const [subject, kind] = event.split(".");
  const known = KINDS.find((one) => one === kind);
  if (subject !== "task" || known === undefined) return null;
  const { id, version } = data as { id: string; version: number | null };
  return { kind: known, id, version };
}

/** The last change of each task; an added task stays added until it is read. */
export class LiveChanges {
  readonly #changes = new Map<string, LiveChange>();

  add(change: LiveChange): void {
    const kind = this.#changes.get(change.id)?.kind;
    const wasAdded = kind === "created" || kind === "restored";
    this.#changes.set(
      change.id,
      wasAdded && change.kind === "changed" ? { ...change, kind } : change,
    );
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  take(): LiveChange[] {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return changes;
  }
}
