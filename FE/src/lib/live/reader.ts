import { ApiError } from "../api/errors";
import { type Message, readStream, StreamRefused } from "./stream";

/** The server sends a comment every 15 s: if it is silent for longer, it is unreachable. */
export const LONGEST_SILENCE = 35_000;
const SILENCE_CHECK = 5_000;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
/** A stream that lasted longer did not fail. */
const LASTING = 10_000;
/** How long to wait for a server that has no stream: another one may replace it. */
const ABSENT_DELAY = 600_000;

export type LiveStatus = "connecting" | "live" | "reconnecting" | "offline" | "absent";

interface Listener {
  /** A message, and the cursor before it. */
  onMessage: (message: Message, before: string | null) => void;
  onStatus: (status: LiveStatus) => void;
  onLife: () => void;
}

/** Reads the changes, stream after stream: each continues where the previous one ended. */
export class ChangesReader {
  #status: LiveStatus = "connecting";
  /** The cursor that `ready` of this stream gave. */
  #readyAt: string | null = null;
  #failures = 0;
  /** Milliseconds to wait, as the last stream requested. */
  #retry: number | null = null;
  #receivedAt = 0;
  /** The time before which the server asked for no attempt. */
  #notBefore = 0;
  #stream: AbortController | null = null;
  #endPause: (() => void) | null = null;

  constructor(
    private cursor: string | null,
    private readonly listener: Listener,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const end = () => {
      this.#stream?.abort();
      this.#endPause?.();
    };
    signal.addEventListener("abort", end);
    const isOver = () => signal.aborted;
    while (!isOver()) {
      const delay = await this.#read();
      if (!isOver()) await this.#pause(delay);
    }
    signal.removeEventListener("abort", end);
  }

  /** After a sleep, or when the network is back: end the pause, and abort a silent stream. */
  wake(): void {
    if (Date.now() >= this.#notBefore) this.#endPause?.();
    if (this.#isSilent) this.#stream?.abort();
  }

  /** The network is gone, which does not end an open stream. */
  lose(): void {
    this.#stream?.abort();
    this.#change("offline");
  }

  get #isSilent(): boolean {
    return Date.now() - this.#receivedAt > LONGEST_SILENCE;
  }

  /** Milliseconds to wait after a stream has ended or failed. */
  async #read(): Promise<number> {
    const stream = new AbortController();
    const begin = Date.now();
    this.#stream = stream;
    this.#readyAt = null;
    this.#receivedAt = begin;
    this.#retry = null;
    const watch = setInterval(() => this.#isSilent && stream.abort(), SILENCE_CHECK);
    try {
      await readStream(this.cursor, stream.signal, {
        onMessage: (message) => this.#receive(message),
        onRetry: (delay) => (this.#retry = delay),
        onLife: () => {
          this.#receivedAt = Date.now();
          this.listener.onLife();
        },
      });
      return this.#delayAfter(null, begin);
    } catch (error) {
      const delay = this.#delayAfter(error, begin);
      // aborted here: a silent or lost stream is retried at once
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
      // a resumed stream stays at its cursor until the missed changes have come
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
      this.#notBefore = Date.now() + ABSENT_DELAY;
      return ABSENT_DELAY;
    }
    if (!navigator.onLine) {
      this.#change("offline");
      return Infinity;
    }
    this.#change("reconnecting");
    const retryAfter = (retryAfterOf(error) ?? 0) * 1000;
    this.#notBefore = Date.now() + retryAfter;
    // the server spreads its clients over time
    if (this.#retry !== null && this.#failures < 2) return this.#retry;
    const backoff = Math.min(FIRST_DELAY * 2 ** Math.max(0, this.#failures - 1), LONGEST_DELAY);
    return Math.max(backoff, retryAfter) * (1 + Math.random() / 2);
  }

  async #pause(delay: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = delay === Infinity ? undefined : setTimeout(resolve, delay);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endPause = null;
  }

  #change(status: LiveStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.listener.onStatus(status);
  }
}

/** Whether the server, or a proxy before it, has no stream at all. */
function isAbsent({ status }: StreamRefused): boolean {
  return [200, 404, 405, 406, 501].includes(status);
}

function retryAfterOf(error: unknown): number | null {
  return error instanceof StreamRefused || error instanceof ApiError ? error.retryAfter : null;
}
