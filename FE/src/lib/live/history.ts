import type { Message } from "./stream";

const LENGTH = 1000;

/** The last messages of a tab, so that none is handled twice and a gap is noticed. */
export class History {
  #cursor: string | null = null;
  readonly #seen = new Set<string>();

  get cursor(): string | null {
    return this.#cursor;
  }

  /** Whether a change was received; a server that repeats it gives it another cursor. */
  has({ event, data }: Message): boolean {
    return this.#seen.has(keyOf(event, data));
  }

  /** Whether a message with this cursor was received: if not, some were missed. */
  reached(cursor: string | null): boolean {
    return cursor !== null && this.#seen.has(cursor);
  }

  add({ event, id, data }: Message): void {
    this.moveTo(id);
    this.#remember(keyOf(event, data));
  }

  moveTo(cursor: string | null): void {
    this.#cursor = cursor;
    if (cursor !== null) this.#remember(cursor);
  }

  #remember(key: string): void {
    this.#seen.add(key);
    const [oldest] = this.#seen;
    if (this.#seen.size > LENGTH && oldest !== undefined) this.#seen.delete(oldest);
  }
}

function keyOf(event: string, data: unknown): string {
  return `${event} ${JSON.stringify(data)}`;
}
