import type { Message } from "@/lib/live/stream";

const KINDS = ["created", "changed", "deleted", "restored"] as const;

/** What became of a task, wherever that was. */
export interface LiveChange {
  kind: (typeof KINDS)[number];
  id: string;
  version: number | null;
}

/** The team whose tasks it concerns; `null` for the reader's own. */
export function teamOf({ data }: Message): string | null {
  const { team_id } = (data ?? {}) as { team_id?: string | null };
  return team_id ?? null;
}

/** `null` for messages that concern no task. */
export function changeOf({ event, data }: Message): LiveChange | null {
  const [subject, kind] = event.split(".");
  const known = KINDS.find((one) => one === kind);
  if (subject !== "task" || known === undefined) return null;
  const { id, version } = data as { id: string; version: number | null };
  return { kind: known, id, version };
}

/** The last word about each task; what was added stays added until it is read. */
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

  get areNone(): boolean {
    return this.#changes.size === 0;
  }

  take(): LiveChange[] {
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    return changes;
  }
}
