import type { Message } from "./stream";

const LENGTH = 1000;

/** What a tab has heard lately, so that nothing is told twice and a gap is noticed. */
export class History {
  #heard = new Set<string>();

  constructor(public cursor: string | null = null) {}

  has(message: Message): boolean {
    return this.#heard.has(JSON.stringify(message));
  }

  /** Whether a message that follows a cursor follows what was heard. */
  leadsOnFrom(cursor: string | null): boolean {
    return cursor === this.cursor || (cursor !== null && this.#heard.has(cursor));
  }

  add(message: Message): void {
    this.moveTo(message.id);
    this.#remember(JSON.stringify(message));
  }

  moveTo(cursor: string | null): void {
    this.cursor = cursor;
    if (cursor !== null) this.#remember(cursor);
  }

  #remember(key: string): void {
    this.#heard.add(key);
    const [oldest] = this.#heard;
    if (this.#heard.size > LENGTH && oldest !== undefined) this.#heard.delete(oldest);
  }
}
