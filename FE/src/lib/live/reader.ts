import { ApiError } from "../api/errors";
import { type Message, readStream, StreamRefused } from "./stream";

/** A server that comments every 15 s and is silent for longer is away. */
export const LONGEST_SILENCE = 35_000;
const LOOK = 5_000;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
/** How long a stream lasts that did not fail. */
const LASTING = 10_000;
/** A server that has no such stream may be another one after a while. */
const ABSENCE = 600_000;

export type LiveStatus = "connecting" | "live" | "reconnecting" | "offline" | "absent";

interface Listener {
  /** A message, and the cursor before it. */
  onMessage: (message: Message, before: string | null) => void;
  onStatus: (status: LiveStatus) => void;
  onLife: () => void;
}

/** Reads the changes, stream after stream: each goes on where the one before has ended. */
export class ChangesReader {
  #status: LiveStatus = "connecting";
  /** What `ready` of this stream said. */
  #readyAt: string | null = null;
  #failures = 0;
  /** How long the last stream asked to wait. */
  #retry: number | null = null;
  #heardAt = 0;
  /** The server asked not to come before. */
  #notBefore = 0;
  #stream: AbortController | null = null;
  #goOn: (() => void) | null = null;

  constructor(
    private cursor: string | null,
    private readonly listener: Listener,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const end = () => {
      this.#stream?.abort();
      this.#goOn?.();
    };
    signal.addEventListener("abort", end);
    const isOver = () => signal.aborted;
    while (!isOver()) {
      const delay = await this.#read();
      if (!isOver()) await this.#pause(delay);
    }
    signal.removeEventListener("abort", end);
  }

  /** After a sleep, or when the network is back: do not wait, and trust no silent stream. */
  wake(): void {
    if (Date.now() >= this.#notBefore) this.#goOn?.();
    if (this.#isSilent) this.#stream?.abort();
  }

  /** The network is away, and no stream will end by itself. */
  lose(): void {
    this.#stream?.abort();
    this.#change("offline");
  }

  get #isSilent(): boolean {
    return Date.now() - this.#heardAt > LONGEST_SILENCE;
  }

  /** Milliseconds to wait after a stream has ended or failed. */
  async #read(): Promise<number> {
    const stream = new AbortController();
    const begin = Date.now();
    this.#stream = stream;
    this.#readyAt = null;
    this.#heardAt = begin;
    this.#retry = null;
    const watch = setInterval(() => this.#isSilent && stream.abort(), LOOK);
    try {
      await readStream(this.cursor, stream.signal, {
        onMessage: (message) => this.#receive(message),
        onRetry: (delay) => (this.#retry = delay),
        onLife: () => {
          this.#heardAt = Date.now();
          this.listener.onLife();
        },
      });
      return this.#delayAfter(null, begin);
    } catch (error) {
      const delay = this.#delayAfter(error, begin);
      // it was cut here: what is silent or lost is tried again at once
      return stream.signal.aborted && this.#status !== "offline" ? 0 : delay;
    } finally {
      clearInterval(watch);
      this.#stream = null;
    }
  }

  #receive(message: Message): void {
    const before = this.cursor;
    if (message.event === "ready") {
      this.#readyAt = message.id;
      // one that was resumed is where it was, until what was missed has come
      this.cursor ??= message.id;
    } else if (message.event === "reset") this.cursor = message.id ?? this.#readyAt;
    else this.cursor = message.id ?? this.cursor;
    this.listener.onMessage({ ...message, id: this.cursor }, before);
    this.#change("live");
  }

  #delayAfter(error: unknown, begin: number): number {
    const lasted = this.#readyAt !== null && Date.now() - begin > LASTING;
    this.#failures = lasted ? 0 : this.#failures + 1;
    if (error instanceof StreamRefused && isAbsent(error)) {
      this.#change("absent");
      this.#notBefore = Date.now() + ABSENCE;
      return ABSENCE;
    }
    if (!navigator.onLine) {
      this.#change("offline");
      return Infinity;
    }
    this.#change("reconnecting");
    const retryAfter = (retryAfterOf(error) ?? 0) * 1000;
    this.#notBefore = Date.now() + retryAfter;
    // the server has shared out the times
    if (this.#retry !== null && this.#failures < 2) return this.#retry;
    const backoff = Math.min(FIRST_DELAY * 2 ** Math.max(0, this.#failures - 1), LONGEST_DELAY);
    return Math.max(backoff, retryAfter) * (1 + Math.random() / 2);
  }

  async #pause(delay: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = delay === Infinity ? undefined : setTimeout(resolve, delay);
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#goOn = null;
  }

  #change(status: LiveStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.listener.onStatus(status);
  }
}

/** Whether the server, or what stands before it, has no stream at all. */
function isAbsent({ status }: StreamRefused): boolean {
  return [200, 404, 405, 406, 501].includes(status);
}

function retryAfterOf(error: unknown): number | null {
  return error instanceof StreamRefused || error instanceof ApiError ? error.retryAfter : null;
}
