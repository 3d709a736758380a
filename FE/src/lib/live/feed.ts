import { History } from "./history";
import { Leadership } from "./leadership";
import { ChangesReader, type LiveStatus, LONGEST_SILENCE } from "./reader";
import type { Message } from "./stream";

/** A leader says that often that it is there. */
const HEARTBEAT = 10_000;
const LOOK = 5_000;
const SECOND = 1_000;
/** A timer of every second that comes so late has slept, with the whole machine. */
const SLEEP = 10_000;
/** How long a tab may take to say that it leads. */
const PATIENCE = 1_000;

/** What the tabs of one person tell one another. */
type Notice =
  | { type: "heard"; message: Message; before: string | null }
  | { type: "leading"; status: LiveStatus; cursor: string | null }
  | { type: "asked" };

/**
 * The changes that one person may see, by one stream for all tabs: the tab that leads reads it, and
 * passes on its messages. `reset` says that what was fetched before may be old.
 */
export class LiveFeed {
  readonly #name: string;
  #status: LiveStatus = "connecting";
  #history = new History();
  #reader: ChangesReader | null = null;
  #channel: BroadcastChannel | null = null;
  #heardAt = 0;
  #toldAt = 0;
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

  /** Returns how to end it. */
  start(): () => void {
    const end = new AbortController();
    const { signal } = end;
    const channel = new BroadcastChannel(this.#name);
    const leadership = new Leadership(this.#name, (term) => this.#lead(term));
    this.#channel = channel;
    this.#heardAt = Date.now();
    channel.onmessage = ({ data }: MessageEvent<Notice>) => this.#hear(data);
    leadership.start(signal);
    this.#tell({ type: "asked" });

    const wake = () => {
      if (this.#reader) this.#reader.wake();
      else this.#ask(leadership, signal);
    };
    let lookedAt = Date.now();
    const lookForSleep = setInterval(() => {
      // a laptop that wakes tells no page of it
      if (Date.now() - lookedAt > SLEEP && !document.hidden) wake();
      lookedAt = Date.now();
    }, SECOND);
    const lookForSilence = setInterval(() => {
      if (this.#silence < LONGEST_SILENCE) return;
      this.#change("reconnecting");
      this.#ask(leadership, signal);
    }, LOOK);
    document.addEventListener("visibilitychange", () => document.hidden || wake(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && wake(), { signal });
    addEventListener("online", wake, { signal });
    addEventListener("offline", () => this.#reader?.lose(), { signal });
    return () => {
      end.abort();
      clearInterval(lookForSleep);
      clearInterval(lookForSilence);
      channel.close();
      this.#channel = null;
      this.#history = new History();
    };
  }

  /** Since when nobody has led, as far as this tab knows, in milliseconds. */
  get #silence(): number {
    return this.#reader === null ? Date.now() - this.#heardAt : 0;
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const reader = new ChangesReader(this.#history.cursor, {
      onMessage: (message, before) => {
        if (message.event !== "ready") this.#tell({ type: "heard", message, before });
        this.#take(message, before);
      },
      onStatus: (status) => {
        if (signal.aborted) return;
        this.#change(status);
        this.#tellThatItLeads();
      },
      onLife: () => {
        // a browser slows the timers of a tab that is out of sight
        if (Date.now() - this.#toldAt > HEARTBEAT) this.#tellThatItLeads();
      },
    });
    this.#reader = reader;
    if (this.#status === "live") this.#change("reconnecting");
    const beat = setInterval(() => this.#tellThatItLeads(), HEARTBEAT);
    this.#tellThatItLeads();
    await reader.run(signal);
    clearInterval(beat);
    if (this.#reader === reader) this.#reader = null;
    this.#heardAt = Date.now();
  }

  /** Ask who leads, and lead if nobody says so. */
  #ask(leadership: Leadership, signal: AbortSignal): void {
    this.#tell({ type: "asked" });
    const steal = () => {
      if (this.#silence > 2 * HEARTBEAT && !signal.aborted) leadership.steal();
    };
    setTimeout(steal, PATIENCE * (1 + Math.random() / 4));
  }

  #hear(notice: Notice): void {
    if (this.#reader !== null) {
      if (notice.type !== "asked") return; // of one who led before
      this.#reader.wake();
      this.#tellThatItLeads();
    } else if (notice.type !== "asked") {
      this.#heardAt = Date.now();
      if (notice.type === "heard") this.#take(notice.message, notice.before);
      else {
        this.#change(notice.status);
        this.#catchUp(notice.cursor);
      }
    }
  }

  #take(message: Message, before: string | null): void {
    const isWhole = this.#history.leadsTo(before);
    if (message.event === "ready" || message.event === "reset") {
      this.#history.moveTo(message.id);
      if (!isWhole || message.event === "reset") this.#emitReset();
      return;
    }
    const isNew = !this.#history.has(message);
    this.#history.add(message);
    if (!isWhole) this.#emitReset();
    else if (isNew) this.#emit(message);
  }

  /** What a tab fetched before it first heard anything may be old; so may be what it missed. */
  #catchUp(cursor: string | null): void {
    if (cursor === null || this.#history.leadsTo(cursor)) return;
    this.#history.moveTo(cursor);
    this.#emitReset();
  }

  #emitReset(): void {
    this.#emit({ event: "reset", id: this.#history.cursor, data: null });
  }

  #emit(message: Message): void {
    this.#listeners.forEach((listener) => listener(message));
  }

  #tellThatItLeads(): void {
    this.#toldAt = Date.now();
    this.#tell({ type: "leading", status: this.#status, cursor: this.#history.cursor });
  }

  #tell(notice: Notice): void {
    this.#channel?.postMessage(notice);
  }

  #change(status: LiveStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#watchers.forEach((watcher) => watcher());
  }
}
