import { vi } from "vitest";

/** A stream that a client has opened. */
class Stream {
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly response: Response;
  isOpen = true;

  constructor(readonly request: Request) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    const headers = { "Content-Type": "text/event-stream; charset=utf-8" };
    this.response = new Response(body, { headers });
    request.signal.addEventListener("abort", () => this.fail(request.signal.reason));
  }

  get cursor(): string | null {
    return this.request.headers.get("Last-Event-ID");
  }

  async send(...chunks: string[]): Promise<void> {
    for (const chunk of chunks) this.#controller.enqueue(new TextEncoder().encode(chunk));
    await vi.advanceTimersByTimeAsync(10);
  }

  async end(): Promise<void> {
    this.isOpen = false;
    this.#controller.close();
    await vi.advanceTimersByTimeAsync(10);
  }

  fail(reason: unknown): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#controller.error(reason);
  }
}

/** A server of changes that sends what a test gives it. */
export class ChangesServer {
  readonly streams: Stream[] = [];
  /** The answer in place of a stream; throws a TypeError for an unreachable server. */
  answer: (() => Response) | null = null;
  requests = 0;

  fetch = (request: Request): Promise<Response> => {
    this.requests += 1;
    return new Promise((resolve) => resolve(this.#answer(request)));
  };

  #answer(request: Request): Response {
    request.signal.throwIfAborted();
    if (this.answer) return this.answer();
    const stream = new Stream(request);
    this.streams.push(stream);
    return stream.response;
  }

  get open(): Stream[] {
    return this.streams.filter(({ isOpen }) => isOpen);
  }

  get last(): Stream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("No client has connected.");
    return stream;
  }
}

export function ready(id: string): string {
  return `event: ready\nid: ${id}\ndata: {}\n\n`;
}

export function changed(id: string, task = id): string {
  const data = JSON.stringify({ id: task, version: 1, at: "2026-01-01T00:00:00Z" });
  return `event: task.changed\nid: ${id}\ndata: ${data}\n\n`;
}

export function unavailable(): never {
  throw new TypeError("Failed to fetch");
}
