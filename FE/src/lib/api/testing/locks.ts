interface Held {
  name: string;
  mode: LockMode;
  /** Called when another request steals it. */
  lose: () => void;
}

interface Options {
  mode: LockMode;
  steal?: boolean;
  signal?: AbortSignal;
}

/** Web Locks for the tabs of a test: the part that the client uses. */
export class Locks {
  #held: Held[] = [];
  #waiting: { lock: Held; begin: () => void }[] = [];

  query(): Promise<{ held: Held[] }> {
    return Promise.resolve({ held: [...this.#held] });
  }

  async request(
    name: string,
    { mode, steal = false, signal }: Options,
    run: () => Promise<void>,
  ): Promise<void> {
    signal?.throwIfAborted();
    let lose!: () => void;
    const lost = new Promise<never>((_resolve, reject) => {
      lose = () => reject(new DOMException("It is lost.", "AbortError"));
    });
    lost.catch(() => undefined);
    const lock = { name, mode, lose };
    if (steal) this.#steal(name);
    await new Promise<void>((begin, reject) => {
      const waiting = { lock, begin };
      this.#waiting.splice(steal ? 0 : this.#waiting.length, 0, waiting);
      signal?.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal.reason as Error);
      });
      this.#grant();
    });
    try {
      await Promise.race([run(), lost]);
    } finally {
      this.#held = this.#held.filter((held) => held !== lock);
      this.#grant();
    }
  }

  #steal(name: string): void {
    for (const held of this.#held.filter((other) => other.name === name)) held.lose();
    this.#held = this.#held.filter((held) => held.name !== name);
  }

  #grant(): void {
    for (const waiting of [...this.#waiting]) {
      const rivals = this.#held.filter(({ name }) => name === waiting.lock.name);
      if (rivals.some(({ mode }) => mode === "exclusive" || waiting.lock.mode === "exclusive"))
        continue;
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      this.#held.push(waiting.lock);
      waiting.begin();
    }
  }
}
