import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { json } from "../api/testing/browser";
import { ChangesReader, type LiveStatus } from "./reader";
import type { Message } from "./stream";
import { changed, ChangesServer, ready, unavailable } from "./testing/server";

let server: ChangesServer;
let messages: Message[];
let statuses: LiveStatus[];
let end: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  server = new ChangesServer();
  vi.stubGlobal("fetch", server.fetch);
  vi.stubGlobal("BroadcastChannel", EventTarget);
  messages = [];
  statuses = [];
  end = new AbortController();
});

afterEach(() => {
  end.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function read(cursor: string | null = null): Promise<ChangesReader> {
  const reader = new ChangesReader(cursor, {
    onMessage: (message) => messages.push(message),
    onStatus: (status) => statuses.push(status),
    onLife: () => undefined,
  });
  void reader.run(end.signal);
  await pass(0);
  return reader;
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function ids(): (string | null)[] {
  return messages.map(({ id }) => id);
}

function refuse(status: number, headers: HeadersInit = {}): () => Response {
  return () => json({ error: "No.", code: "ANY", details: [], request_id: "1" }, status, headers);
}

describe("a stream", () => {
  it("is read whatever its chunks are", async () => {
    await read();
    const text = `: hello\n\n${ready("1")}${changed("2", "é")}`;
    for (const byte of text) await server.last.send(byte);

    expect(ids()).toEqual(["1", "2"]);
    expect(messages[1]).toMatchObject({ event: "task.changed", data: { id: "é", version: 1 } });
    expect(statuses).toEqual(["live"]);
  });

  it("that ends is resumed after the last message", async () => {
    await read();
    await server.last.send(ready("1"), changed("2"));
    await server.last.end();
    expect(statuses.at(-1)).toBe("reconnecting");
    await pass(1_500);

    expect(server.streams.map(({ cursor }) => cursor)).toEqual([null, "2"]);
    await server.last.send(ready("9"), changed("3"));
    expect(ids()).toEqual(["1", "2", "2", "3"]);
    expect(statuses.at(-1)).toBe("live");
  });

  it("that ends before missed changes came is resumed where it was", async () => {
    await read("2");
    await server.last.send(ready("9"));
    await server.last.end();
    await pass(1_500);

    expect(server.last.cursor).toBe("2");
  });

  it("goes on from a reset", async () => {
    await read("old");
    await server.last.send(ready("7"), "event: reset\ndata: {}\n\n");
    await server.last.end();
    await pass(1_500);

    expect(messages.map(({ event }) => event)).toEqual(["ready", "reset"]);
    expect(server.last.cursor).toBe("7");
  });

  it("that is silent for longer than its comments allow is replaced at once", async () => {
    await read();
    await server.last.send(ready("1"));
    for (let seconds = 0; seconds < 45; seconds += 15) {
      await pass(15_000);
      await server.last.send(": alive\n\n");
    }
    expect(server.streams).toHaveLength(1);
    await pass(41_000);

    expect(server.streams).toHaveLength(2);
    expect(server.open.map((stream) => server.streams.indexOf(stream))).toEqual([1]);
    expect(server.last.cursor).toBe("1");
  });

  it("that was silent during a sleep is replaced when the tab wakes", async () => {
    const reader = await read();
    await server.last.send(ready("1"));
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    reader.wake();
    await pass(0);

    expect(server.open.map((stream) => server.streams.indexOf(stream))).toEqual([1]);
    expect(server.streams).toHaveLength(2);
  });

  it("that is not silent stays when the tab wakes", async () => {
    const reader = await read();
    await server.last.send(ready("1"));
    reader.wake();
    await pass(1_000);

    expect(server.streams).toHaveLength(1);
  });

  it("is closed when the reader is aborted", async () => {
    await read();
    await server.last.send(ready("1"));
    end.abort();
    await pass(60_000);

    expect(server.open).toHaveLength(0);
    expect(server.requests).toBe(1);
  });
});

describe("a reader that gets no stream", () => {
  it("backs off, and retries at once when the network is back", async () => {
    server.answer = unavailable;
    const reader = await read();
    await pass(600_000);
    const tries = server.requests;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(30);
    expect(statuses).toEqual(["reconnecting"]);

    server.answer = null;
    reader.wake();
    await pass(0);
    await server.last.send(ready("1"));
    expect(statuses).toEqual(["reconnecting", "live"]);
  });

  it("waits as long as the server asks", async () => {
    server.answer = refuse(503, { "Retry-After": "20" });
    const reader = await read();
    reader.wake();
    await pass(19_000);
    expect(server.requests).toBe(1);
    await pass(12_000);

    expect(server.requests).toBe(2);
  });

  it("waits before the next stream as the last one asked", async () => {
    await read();
    await server.last.send(ready("1"), "retry: 8000\n\n");
    await server.last.end();
    await pass(7_900);
    expect(server.requests).toBe(1);
    await pass(4_100);

    expect(server.requests).toBe(2);
  });

  it.each([
    ["has no such route", refuse(404)],
    [
      "answers with a page",
      () => new Response("<html>", { headers: { "Content-Type": "text/html" } }),
    ],
  ])("does not retry a server that %s", async (_, answer) => {
    server.answer = answer;
    const reader = await read();
    reader.wake();
    await pass(300_000);

    expect(server.requests).toBe(1);
    expect(statuses).toEqual(["absent"]);
  });

  it("waits without a network until it is back", async () => {
    const reader = await read();
    await server.last.send(ready("1"));
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    reader.lose();
    await pass(600_000);
    expect(server.requests).toBe(1);
    expect(statuses).toEqual(["live", "offline"]);

    vi.restoreAllMocks();
    reader.wake();
    await pass(0);
    expect(server.last.cursor).toBe("1");
  });
});
