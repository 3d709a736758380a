export type Connection = "online" | "waiting";

/** Whether the server answers, or requests wait for it. */
export class ConnectionMonitor {
  #waiting = 0;
  readonly #listeners = new Set<() => void>();

  get state(): Connection {
    return this.#waiting > 0 ? "waiting" : "online";
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Count a request as waiting until `wait` ends. */
  async during(wait: Promise<void>): Promise<void> {
    this.#change(1);
    try {
      await wait;
    } finally {
      this.#change(-1);
    }
  }

  #change(by: number): void {
    const before = this.state;
    this.#waiting += by;
    if (this.state !== before) this.#listeners.forEach((listener) => listener());
  }
}
