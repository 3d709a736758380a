import type { Message } from "./stream";

const LENGTH = 1000;

/** The last messages of a tab, so that none is handled twice and a gap is noticed. */
export class History {
  #cursor: string | null = null;
  readonly #heard = new Set<string>();

  get cursor(): string | null {
    return this.#cursor;
  }

  /** Whether a change was heard; a server that repeats it gives it another cursor. */
  has({ event, data }: Message): boolean {
    return this.#heard.has(keyOf(event, data));
  }

  /** Whether nothing was missed between what was heard and a cursor. */
  leadsTo(cursor: string | null): boolean {
    return cursor !== null && this.#heard.has(cursor);
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
    this.#heard.add(key);
    const [oldest] = this.#heard;
    if (this.#heard.size > LENGTH && oldest !== undefined) this.#heard.delete(oldest);
  }
}

function keyOf(event: string, data: unknown): string {
  return `${event} ${JSON.stringify(data)}`;
}
