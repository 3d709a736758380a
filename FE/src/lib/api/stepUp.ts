import { codeOf } from "./errors";
import type { Session } from "./session";

/** Has a person prove who they are, where the server asks for it; a dialog listens and asks. */
export class StepUp {
  #answer: ((isProved: boolean) => void) | null = null;
  #asking: Promise<boolean> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(session: Session) {
    let { visit } = session;
    session.subscribe(() => {
      if (session.visit !== visit || session.state.status !== "signed-in") this.settle(false);
      visit = session.visit;
    });
  }

  get isAsked(): boolean {
    return this.#asking !== null;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether to repeat a request with this answer: a proof was missing, and is there now. */
  async isMended(response: Response): Promise<boolean> {
    if (response.status !== 403 || (await codeOf(response)) !== "STEP_UP_REQUIRED") return false;
    return this.#ask();
  }

  /** The person proved who they are, or would not. */
  settle(isProved: boolean): void {
    this.#answer?.(isProved);
    this.#answer = null;
    this.#asking = null;
    this.#listeners.forEach((listener) => listener());
  }

  /** Once for all requests that wait for it. */
  #ask(): Promise<boolean> {
    if (this.#listeners.size === 0) return Promise.resolve(false);
    if (this.#asking === null) {
      this.#asking = new Promise((answer) => (this.#answer = answer));
      this.#listeners.forEach((listener) => listener());
    }
    return this.#asking;
  }
}
