import type { Grant } from "./grant";

const NAME = "app.session";
/** A lock that each tab with a grant holds, by its generation: unlike the storage, never stale. */
const GRANTED = "app.granted ";
/** How long to wait for a tab with a newer grant, and where no lock can show one. */
const PATIENCE = { known: 2_000, unknown: 300 };

export type Message =
  | { type: "granted"; grant: Grant }
  | { type: "ended"; session: string; reason: EndReason }
  | { type: "asked"; newerThan: number };

/** The user signed out, the server ended the session, or the account is deleted. */
export type EndReason = "left" | "ended" | "deleted";

/** The application's tabs of one browser: they share one session and refresh it one at a time. */
export class Tabs {
  readonly #channel = new BroadcastChannel(NAME);
  #offered: Promise<() => void> | null = null;

  listen(listener: (message: Message) => void): void {
    this.#channel.addEventListener("message", ({ data }: MessageEvent<Message>) => listener(data));
  }

  send(message: Message): void {
    this.#channel.postMessage(message);
  }

  /** The grant of another tab that is newer than a generation; `null` if none answers in time. */
  async requestGrant(newerThan: number): Promise<Grant | null> {
    const patience = await this.#patience(newerThan);
    if (patience === 0) return null;
    return new Promise((resolve) => {
      const finish = (grant: Grant | null) => {
        clearTimeout(timer);
        this.#channel.removeEventListener("message", receive);
        resolve(grant);
      };
      const receive = ({ data }: MessageEvent<Message>) => {
        if (data.type === "granted" && data.grant.generation > newerThan) finish(data.grant);
      };
      const timer = setTimeout(() => finish(null), patience);
      this.#channel.addEventListener("message", receive);
      this.send({ type: "asked", newerThan });
    });
  }

  /** Announce that this tab has a grant to share. */
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
    const proceed = () => resolve(() => undefined);
    const manager = locks();
    if (manager === undefined) proceed();
    else
      manager
        .request(name, { mode }, () => new Promise<void>((release) => resolve(release)))
        .catch(proceed);
  });
}

/** Browsers offer locks only to secure pages. */
function locks(): LockManager | undefined {
  return "locks" in navigator ? navigator.locks : undefined;
}
