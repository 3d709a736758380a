import { History } from "./history";
import { Leadership } from "./leadership";
import { ChangesReader, type LiveStatus, LONGEST_SILENCE } from "./reader";
import type { Message } from "./stream";

/** How often a leader announces itself. */
const HEARTBEAT = 10_000;
const SILENCE_CHECK = 5_000;
const SLEEP_CHECK = 1_000;
/** If the sleep check runs this late, the whole machine has slept. */
const SLEEP = 10_000;
/** How long a leader may take to announce itself when asked. */
const PATIENCE = 1_000;

/** What the tabs of one user send each other. */
type Notice =
  | { type: "heard"; message: Message; before: string | null }
  | { type: "leading"; status: LiveStatus; cursor: string | null }
  | { type: "asked" };

/**
 * The changes that one user may see, by one stream for all tabs: the leading tab reads it and
 * forwards its messages. `reset` means that data fetched before may be stale.
 */
export class LiveFeed {
  readonly #name: string;
  #status: LiveStatus = "connecting";
  #history = new History();
  #reader: ChangesReader | null = null;
  #channel: BroadcastChannel | null = null;
  #leaderSeenAt = 0;
  #announcedAt = 0;
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #watchers = new Set<() => void>();

  constructor(userId: string) {
    this.#name = `app.live ${userId}`;
  }

  get status(): LiveStatus {
    return this.#status;
  }

  watchStatus = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  subscribe(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Returns a function that stops the feed. */
  start(): () => void {
    const end = new AbortController();
    const { signal } = end;
    const channel = new BroadcastChannel(this.#name);
    const leadership = new Leadership(this.#name, (term) => this.#lead(term));
    this.#channel = channel;
    this.#leaderSeenAt = Date.now();
    channel.onmessage = ({ data }: MessageEvent<Notice>) => this.#receive(data);
    leadership.start(signal);
    this.#send({ type: "asked" });

    const wake = () => {
      if (this.#reader) this.#reader.wake();
      else this.#findLeader(leadership, signal);
    };
    let checkedAt = Date.now();
    const sleepCheck = setInterval(() => {
      // pages get no event when a laptop wakes
      if (Date.now() - checkedAt > SLEEP && !document.hidden) wake();
      checkedAt = Date.now();
    }, SLEEP_CHECK);
    const silenceCheck = setInterval(() => {
      if (this.#silence < LONGEST_SILENCE) return;
      this.#change("reconnecting");
      this.#findLeader(leadership, signal);
    }, SILENCE_CHECK);
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && wake(), { signal });
    addEventListener("online", wake, { signal });
    addEventListener("offline", () => this.#reader?.lose(), { signal });
    return () => {
      end.abort();
      clearInterval(sleepCheck);
      clearInterval(silenceCheck);
      channel.close();
      this.#channel = null;
      this.#history = new History();
    };
  }

  /** Milliseconds since this tab last noticed a leader. */
  get #silence(): number {
    return this.#reader === null ? Date.now() - this.#leaderSeenAt : 0;
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const reader = new ChangesReader(this.#history.cursor, {
      onMessage: (message, before) => {
        if (message.event !== "ready") this.#send({ type: "heard", message, before });
        this.#handle(message, before);
      },
      onStatus: (status) => {
        if (signal.aborted) return;
        this.#change(status);
        this.#announce();
      },
      onLife: () => {
        // a browser slows the timers of a tab that is hidden
        if (Date.now() - this.#announcedAt > HEARTBEAT) this.#announce();
      },
    });
    this.#reader = reader;
    if (this.#status === "live") this.#change("reconnecting");
    const beat = setInterval(() => this.#announce(), HEARTBEAT);
    this.#announce();
    await reader.run(signal);
    clearInterval(beat);
    if (this.#reader === reader) this.#reader = null;
    this.#leaderSeenAt = Date.now();
  }

  /** Ask for the leader, and take over if none answers. */
  #findLeader(leadership: Leadership, signal: AbortSignal): void {
    this.#send({ type: "asked" });
    const steal = () => {
      if (this.#silence > 2 * HEARTBEAT && !signal.aborted) leadership.steal();
    };
    setTimeout(steal, PATIENCE * (1 + Math.random() / 4));
  }

  #receive(notice: Notice): void {
    if (this.#reader !== null) {
      if (notice.type !== "asked") return; // from a former leader
      this.#reader.wake();
      this.#announce();
    } else if (notice.type !== "asked") {
      this.#leaderSeenAt = Date.now();
      if (notice.type === "heard") this.#handle(notice.message, notice.before);
      else {
        this.#change(notice.status);
        this.#catchUp(notice.cursor);
      }
    }
  }

  #handle(message: Message, before: string | null): void {
    const isGapless = this.#history.reached(before);
    if (message.event === "ready" || message.event === "reset") {
      this.#history.moveTo(message.id);
      if (!isGapless || message.event === "reset") this.#emitReset();
      return;
    }
    const isNew = !this.#history.has(message);
    this.#history.add(message);
    if (!isGapless) this.#emitReset();
    else if (isNew) this.#emit(message);
  }

  /** Data fetched before a tab's first message may be stale, and so may what it missed. */
  #catchUp(cursor: string | null): void {
    if (cursor === null || this.#history.reached(cursor)) return;
    this.#history.moveTo(cursor);
    this.#emitReset();
  }

  #emitReset(): void {
    this.#emit({ event: "reset", id: this.#history.cursor, data: null });
  }

  #emit(message: Message): void {
    this.#listeners.forEach((listener) => listener(message));
  }

  #announce(): void {
    this.#announcedAt = Date.now();
    this.#send({ type: "leading", status: this.#status, cursor: this.#history.cursor });
  }

  #send(notice: Notice): void {
    this.#channel?.postMessage(notice);
  }

  #change(status: LiveStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#watchers.forEach((watcher) => watcher());
  }
}
