import { codeOf } from "./errors";
import type { Session } from "./session";

/** Has the user prove their identity where the server requires it: a dialog subscribes and asks. */
export class StepUp {
  #resolve: ((isProved: boolean) => void) | null = null;
  #pending: Promise<boolean> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(session: Session) {
    let { visit } = session;
    session.subscribe(() => {
      if (session.visit !== visit || session.state.status !== "signed-in") this.settle(false);
      visit = session.visit;
    });
  }

  get isPending(): boolean {
    return this.#pending !== null;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether to repeat a request: the proof that its response requires has been given. */
  async allowsRetry(response: Response): Promise<boolean> {
    if (response.status !== 403 || (await codeOf(response)) !== "STEP_UP_REQUIRED") return false;
    return this.#ask();
  }

  /** The user proved their identity, or declined. */
  settle(isProved: boolean): void {
    this.#resolve?.(isProved);
    this.#resolve = null;
    this.#pending = null;
    this.#listeners.forEach((listener) => listener());
  }

  /** Once for all requests that wait for it. */
  #ask(): Promise<boolean> {
    if (this.#listeners.size === 0) return Promise.resolve(false);
    if (this.#pending === null) {
      this.#pending = new Promise((resolve) => (this.#resolve = resolve));
      this.#listeners.forEach((listener) => listener());
    }
    return this.#pending;
  }
}
