import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Locks } from "../api/testing/locks";
import { LiveFeed } from "./feed";
import { changed, ChangesServer, ready, unavailable } from "./testing/server";

/** A BroadcastChannel between the tabs of a test, some of which are frozen. */
class Channel {
  static all = new Set<Channel>();
  onmessage: ((event: MessageEvent) => void) | null = null;
  frozen: unknown[] | null = null;

  constructor(readonly name: string) {
    Channel.all.add(this);
  }

  postMessage(data: unknown): void {
    if (this.frozen) return;
    for (const other of Channel.all)
      if (other !== this && other.name === this.name) setTimeout(() => other.deliver(data), 1);
  }

  deliver(data: unknown): void {
    if (this.frozen) this.frozen.push(data);
    else this.onmessage?.(new MessageEvent("message", { data }));
  }

  close(): void {
    Channel.all.delete(this);
  }
}

interface Tab {
  feed: LiveFeed;
  channel: Channel;
  /** The events and the cursors that its pages receive. */
  received: string[];
  close: () => void;
}

let server: ChangesServer;
let tabs: Tab[];

beforeEach(() => {
  vi.useFakeTimers();
  server = new ChangesServer();
  tabs = [];
  Channel.all.clear();
  vi.stubGlobal("fetch", server.fetch);
  vi.stubGlobal("BroadcastChannel", Channel);
  Object.defineProperty(navigator, "locks", { value: new Locks(), configurable: true });
});

afterEach(() => {
  tabs.forEach(({ close }) => close());
  vi.useRealTimers();
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, "locks");
});

async function open(user = "ada"): Promise<Tab> {
  const feed = new LiveFeed(user);
  const received: string[] = [];
  feed.subscribe(({ event, id }) => received.push(`${event} ${id}`));
  const close = feed.start();
  const channel = [...Channel.all].at(-1);
  if (channel === undefined) throw new Error("It has no channel.");
  const tab = { feed, channel, received, close };
  tabs.push(tab);
  await pass(10);
  return tab;
}

/** Two tabs of which the first one leads. */
async function openTwo(): Promise<[Tab, Tab]> {
  const first = await open();
  await server.last.send(ready("1"));
  return [first, await open()];
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function freeze({ channel }: Tab): void {
  channel.frozen = [];
}

describe("the tabs of a user", () => {
  it("share one stream", async () => {
    const [first, second] = await openTwo();
    await server.last.send(changed("2"), changed("3"));

    expect(server.requests).toBe(1);
    // what was fetched before the first message may be stale
    expect(first.received).toEqual(["reset 1", "task.changed 2", "task.changed 3"]);
    expect(second.received).toEqual(["reset 1", "task.changed 2", "task.changed 3"]);
    expect(second.feed.status).toBe("live");
  });

  it("continue from the last cursor when the leader closes", async () => {
    const [first, second] = await openTwo();
    await server.last.send(changed("2"));
    first.close();
    await pass(10);
    expect(server.open.map((stream) => server.streams.indexOf(stream))).toEqual([1]);
    expect(server.last.cursor).toBe("2");
    expect(second.feed.status).toBe("reconnecting");
    await server.last.send(ready("2"), changed("3"));

    expect(second.received).toEqual(["reset 1", "task.changed 2", "task.changed 3"]);
    expect(second.feed.status).toBe("live");
  });

  it("receive a change once that the next leader repeats", async () => {
    const [first, second] = await openTwo();
    const third = await open();
    freeze(second);
    await server.last.send(changed("2"));
    second.channel.frozen = null; // it has lost the message: the third one is ahead of it
    first.close();
    await pass(10);
    expect(server.last.cursor).toBe("1");
    // the same change, with another cursor for the same place
    await server.last.send(ready("1a"), changed("2a", "2"), changed("3"));

    expect(second.received).toEqual(["reset 1", "task.changed 2a", "task.changed 3"]);
    expect(third.received).toEqual(["reset 1", "task.changed 2", "task.changed 3"]);
  });

  it("reset the one that has missed a change", async () => {
    const [, second] = await openTwo();
    freeze(second);
    await server.last.send(changed("2"));
    second.channel.frozen = null;
    await server.last.send(changed("3"), changed("4"));

    expect(second.received).toEqual(["reset 1", "reset 3", "task.changed 4"]);
  });

  it("notice by the next heartbeat that they have missed the last change", async () => {
    const [, second] = await openTwo();
    freeze(second);
    await server.last.send(changed("2"));
    second.channel.frozen = null;
    await pass(11_000);

    expect(second.received).toEqual(["reset 1", "reset 2"]);
  });

  it("take over from a frozen leader", async () => {
    const [first, second] = await openTwo();
    freeze(first);
    const frozen = server.last;
    await pass(50_000);
    expect(server.last).not.toBe(frozen);
    await server.last.send(ready("1"), changed("2"));

    expect(server.last.cursor).toBe("1");
    expect(second.received).toEqual(["reset 1", "task.changed 2"]);
  });

  it("take over within two seconds of waking", async () => {
    const [first, second] = await openTwo();
    freeze(first);
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    dispatchEvent(new Event("online"));
    await pass(1_500);

    await server.last.send(ready("1"), changed("2"));
    expect(second.received).toContain("task.changed 2");
  });

  it("notice by the clock that the machine has slept", async () => {
    const [first] = await openTwo();
    const cut = server.last;
    await pass(20);
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    await pass(1_100);
    expect(server.last).not.toBe(cut);

    await server.last.send(ready("1"), changed("2"));
    expect(first.received).toContain("task.changed 2");
  });

  it("leave the stream to a leader that answers", async () => {
    const [, second] = await openTwo();
    await pass(5_000);
    dispatchEvent(new Event("online"));
    for (let seconds = 0; seconds < 120; seconds += 15) {
      await pass(15_000);
      await server.last.send(": alive\n\n");
    }

    expect(server.requests).toBe(1);
    expect(second.feed.status).toBe("live");
  });

  it("all show that the server is unreachable", async () => {
    const [first, second] = await openTwo();
    server.answer = unavailable;
    await server.last.end();
    await pass(100_000);
    expect([first.feed.status, second.feed.status]).toEqual(["reconnecting", "reconnecting"]);

    server.answer = null;
    dispatchEvent(new Event("online"));
    await pass(10);
    await server.last.send(ready("1"));
    expect([first.feed.status, second.feed.status]).toEqual(["live", "live"]);
  });

  it("reset when the server says so", async () => {
    const [first, second] = await openTwo();
    await server.last.send("event: reset\nid: 5\ndata: {}\n\n", changed("6"));

    for (const { received } of [first, second])
      expect(received).toEqual(["reset 1", "reset 5", "task.changed 6"]);
  });
});

describe("another user", () => {
  it("has their own stream, and receives no messages of the first user", async () => {
    await openTwo();
    const [ofAda] = server.open;
    const other = await open("bob");
    await server.last.send(ready("9"));
    await ofAda?.send(changed("2"));

    expect(server.open).toHaveLength(2);
    expect(other.received).toEqual(["reset 9"]);
  });
});

describe("a feed that has ended", () => {
  it("has closed its stream and emits nothing", async () => {
    const [first, second] = await openTwo();
    const stream = server.last;
    first.close();
    second.close();
    await pass(100_000);

    expect(stream.isOpen).toBe(false);
    expect(server.open).toHaveLength(0);
    expect(server.requests).toBe(1);
  });
});

describe("a browser without locks", () => {
  it("streams only to visible tabs", async () => {
    Reflect.deleteProperty(navigator, "locks");
    await open();
    await server.last.send(ready("1"));
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(10);
    expect(server.open).toHaveLength(0);

    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(10);
    expect(server.open).toHaveLength(1);
    expect(server.last.cursor).toBe("1");
  });
});
