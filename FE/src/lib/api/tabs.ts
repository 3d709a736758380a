import type { Grant } from "./grant";

const NAME = "app.session";
/** Held by each tab that has a grant, with its generation: unlike the storage, never out of date. */
const GRANTED = "app.granted ";
/** How long to wait for a tab that may be busy, and for one of which nobody knows. */
const PATIENCE = { known: 2_000, unknown: 300 };

export type Message =
  | { type: "granted"; grant: Grant }
  | { type: "ended"; session: string; reason: EndReason }
  | { type: "asked"; newerThan: number };

/** Somebody signed out, the server ended the session, or the account is deleted. */
export type EndReason = "left" | "ended" | "deleted";

/** The application's tabs of one browser: they share one session and refresh it one at a time. */
export class Tabs {
  readonly #channel = new BroadcastChannel(NAME);
  #offered: Promise<() => void> | null = null;

  listen(listener: (message: Message) => void): void {
    this.#channel.addEventListener("message", ({ data }: MessageEvent<Message>) => listener(data));
  }

  tell(message: Message): void {
    this.#channel.postMessage(message);
  }

  /** The grant of another tab that is newer than a generation; `null` if none answers in time. */
  async ask(newerThan: number): Promise<Grant | null> {
    const patience = await this.#patience(newerThan);
    if (patience === 0) return null;
    return new Promise((resolve) => {
      const finish = (grant: Grant | null) => {
        clearTimeout(timer);
        this.#channel.removeEventListener("message", hear);
        resolve(grant);
      };
      const hear = ({ data }: MessageEvent<Message>) => {
        if (data.type === "granted" && data.grant.generation > newerThan) finish(data.grant);
      };
      const timer = setTimeout(() => finish(null), patience);
      this.#channel.addEventListener("message", hear);
      this.tell({ type: "asked", newerThan });
    });
  }

  /** Let others know that this tab has a grant to share. */
  offer({ generation }: Grant): void {
    this.withdraw();
    this.#offered = hold(`${GRANTED}${generation}`, "shared");
  }

  withdraw(): void {
    void this.#offered?.then((release) => release());
    this.#offered = null;
  }

  /** Run alone among all tabs. Without Web Locks only the callers of this tab wait. */
  async alone<Result>(run: () => Promise<Result>): Promise<Result> {
    const release = await hold(NAME, "exclusive");
    try {
      return await run();
    } finally {
      release();
    }
  }

  /** Milliseconds to wait for an answer: none if no other tab has a newer grant. */
  async #patience(newerThan: number): Promise<number> {
    try {
      const manager = locks();
      if (manager === undefined) return PATIENCE.unknown;
      const { held = [] } = await manager.query();
      const isNewer = held.some(
        ({ name = "" }) =>
          name.startsWith(GRANTED) && Number(name.slice(GRANTED.length)) > newerThan,
      );
      return isNewer ? PATIENCE.known : 0;
    } catch {
      return PATIENCE.unknown; // the browser blocks locks
    }
  }
}

/** Hold a lock until the returned function is called; nothing where the browser has no locks. */
function hold(name: string, mode: LockMode): Promise<() => void> {
  return new Promise((resolve) => {
    const goOn = () => resolve(() => undefined);
    const manager = locks();
    if (manager === undefined) goOn();
    else
      manager
        .request(name, { mode }, () => new Promise<void>((release) => resolve(release)))
        .catch(goOn);
  });
}

/** Browsers offer locks to secure pages alone. */
function locks(): LockManager | undefined {
  return "locks" in navigator ? navigator.locks : undefined;
}
