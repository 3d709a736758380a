interface Held {
  name: string;
  mode: LockMode;
}

/** Web Locks for the tabs of a test: what sessions use of them. */
export class Locks {
  #held: Held[] = [];
  #waiting: { lock: Held; begin: () => void }[] = [];

  query(): Promise<{ held: Held[] }> {
    return Promise.resolve({ held: [...this.#held] });
  }

  async request(
    name: string,
    { mode }: { mode: LockMode },
    run: () => Promise<void>,
  ): Promise<void> {
    const lock = { name, mode };
    await new Promise<void>((begin) => {
      this.#waiting.push({ lock, begin });
      this.#grant();
    });
    try {
      await run();
    } finally {
      this.#held = this.#held.filter((held) => held !== lock);
      this.#grant();
    }
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
