/** One tab of a browser leads at a time: it holds a lock until it closes. */
export class Leadership {
  #signal = AbortSignal.abort();

  constructor(
    private readonly name: string,
    /** Runs until its signal aborts. */
    private readonly lead: (signal: AbortSignal) => Promise<void>,
  ) {}

  /** Lead whenever no other tab does, until `signal` aborts. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    if (locks() === undefined) this.#leadWhileVisible();
    else void this.#queue();
  }

  /** Lead in place of a tab that is frozen. */
  steal(): void {
    void this.#hold({ steal: true });
  }

  async #queue(): Promise<void> {
    let hasLed = true;
    while (hasLed) hasLed = await this.#hold({ signal: this.#signal });
    // the browser blocks locks
    if (!this.#signal.aborted) this.#leadWhileVisible();
  }

  /** Whether the lock was held, until it was released or stolen. */
  async #hold(options: LockOptions): Promise<boolean> {
    const term = new AbortController();
    const end = () => term.abort();
    this.#signal.addEventListener("abort", end);
    let isHeld = false;
    try {
      await locks()?.request(this.name, { mode: "exclusive", ...options }, () => {
        isHeld = true;
        return this.lead(term.signal);
      });
    } catch {
      // stolen, or aborted
    } finally {
      end();
      this.#signal.removeEventListener("abort", end);
    }
    return isHeld;
  }

  /** Without locks every visible tab leads: hidden ones would use up a browser's few streams. */
  #leadWhileVisible(): void {
    const signal = this.#signal;
    let term: AbortController | null = null;
    const update = () => {
      if (document.hidden || signal.aborted) {
        term?.abort();
        term = null;
      } else if (term === null) {
        term = new AbortController();
        void this.lead(term.signal);
      }
    };
    document.addEventListener("visibilitychange", update, { signal });
    signal.addEventListener("abort", update);
    update();
  }
}

/** Browsers offer locks only to secure pages. */
function locks(): LockManager | undefined {
  return "locks" in navigator ? navigator.locks : undefined;
}
