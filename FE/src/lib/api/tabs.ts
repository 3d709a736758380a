import type { Grant } from "./grant";

const NAME = "bounded.session";
const PATIENCE = 300;

export type Message =
  | { type: "granted"; grant: Grant }
  | { type: "ended"; reason: EndReason }
  | { type: "asked"; newerThan: number };

/** Somebody signed out, the server ended the session, or the account is deleted. */
export type EndReason = "left" | "ended" | "deleted";

/** The application's tabs of one browser: they share one session and refresh it one at a time. */
export class Tabs {
  readonly #channel = new BroadcastChannel(NAME);

  listen(listener: (message: Message) => void): void {
    this.#channel.addEventListener("message", ({ data }: MessageEvent<Message>) => listener(data));
  }

  tell(message: Message): void {
    this.#channel.postMessage(message);
  }

  /** The grant of another tab that is newer than a generation; `null` if none answers in time. */
  ask(newerThan: number): Promise<Grant | null> {
    return new Promise((resolve) => {
      const finish = (grant: Grant | null) => {
        clearTimeout(timer);
        this.#channel.removeEventListener("message", hear);
        resolve(grant);
      };
      const hear = ({ data }: MessageEvent<Message>) => {
        if (data.type === "granted" && data.grant.generation > newerThan) finish(data.grant);
      };
      const timer = setTimeout(() => finish(null), PATIENCE);
      this.#channel.addEventListener("message", hear);
      this.tell({ type: "asked", newerThan });
    });
  }

  /** Run alone among all tabs. Without Web Locks (pages on plain HTTP) only this tab waits. */
  async alone<Result>(run: () => Promise<Result>): Promise<Result> {
    // unknown to the types: browsers offer locks to secure pages alone
    const locks = navigator.locks as LockManager | undefined;
    return locks ? await locks.request(NAME, run) : await run();
  }
}
