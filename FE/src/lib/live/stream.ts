import { createParser, type EventSourceMessage } from "eventsource-parser";

import { BASE_URL } from "../api/base";
import { sendOnce } from "../api/client";
import { retryAfterOf } from "../api/errors";

const ADDRESS = `${BASE_URL}/api/v1/changes`;

/** What the server sends: `ready`, `reset`, or the name of a change such as `task.created`. */
export interface Message {
  event: string;
  /** The cursor after which a later stream continues. */
  id: string | null;
  data: unknown;
}

interface Listener {
  onMessage: (message: Message) => void;
  /** Milliseconds that the server asks to wait before the next stream. */
  onRetry: (delay: number) => void;
  /** Anything came, even a comment. */
  onLife: () => void;
}

/** The server gave no stream. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
  readonly status: number;
  /** Seconds that the server asks to wait. */
  readonly retryAfter: number | null;

  constructor(response: Response) {
    super(`The server answered ${response.status}.`);
    this.status = response.status;
    this.retryAfter = retryAfterOf(response);
  }
}

/** Read the changes after a cursor, until the server ends the stream. */
export async function readStream(
  cursor: string | null,
  signal: AbortSignal,
  { onMessage, onRetry, onLife }: Listener,
): Promise<void> {
  const response = await sendOnce(requestAfter(cursor, signal));
  if (!isStream(response) || response.body === null) {
    // the body of an abandoned stream is already aborted
    response.body?.cancel().catch(() => undefined);
    throw new StreamRefused(response);
  }
  onLife();
  const parser = createParser({ onEvent: (event) => onMessage(messageOf(event)), onRetry });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onLife();
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

function requestAfter(cursor: string | null, signal: AbortSignal): Request {
  return new Request(ADDRESS, {
    headers: { Accept: "text/event-stream", ...(cursor && { "Last-Event-ID": cursor }) },
    cache: "no-store",
    credentials: "include",
    signal,
  });
}

function isStream({ ok, headers }: Response): boolean {
  return ok && (headers.get("Content-Type") ?? "").startsWith("text/event-stream");
}

function messageOf({ event = "message", id = "", data }: EventSourceMessage): Message {
  return { event, id: id === "" ? null : id, data: parse(data) };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
