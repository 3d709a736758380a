import { vi } from "vitest";

import { ConnectionMonitor } from "../connection";
import type { SignedInUser, SignIn } from "../grant";
import { hint } from "../hint";
import { Session } from "../session";
import { Locks } from "./locks";

export const ada = userOf("ada");
export const bob = userOf("bob");

type Answer = (request: Request) => Response | Promise<Response>;

/** A browser with several tabs, and a server with the answers that a test sets. */
export class Browser {
  /** The last segment of the path of each request, in order. */
  readonly requests: string[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #channels = new Map<Session, Channel>();

  constructor() {
    Channel.all.clear();
    vi.stubGlobal("BroadcastChannel", Channel);
    vi.stubGlobal("fetch", (input: string | Request, init?: RequestInit) =>
      this.#fetch(new Request(input, init)),
    );
    Object.defineProperty(navigator, "locks", { value: new Locks(), configurable: true });
    localStorage.clear();
    this.answer("refresh", () => json(signInOf(ada)));
    this.answer("logout", () => new Response(null, { status: 204 }));
  }

  close(): void {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    Reflect.deleteProperty(navigator, "locks");
  }

  openTab(): Session {
    const tab = new Session(new ConnectionMonitor());
    const channel = [...Channel.all].at(-1);
    if (channel) this.#channels.set(tab, channel);
    return tab;
  }

  /** A tab in which a user has signed in. */
  async signIn(user: SignedInUser): Promise<Session> {
    const tab = this.openTab();
    await tab.restore();
    await tab.begin(() => Promise.resolve(signInOf(user)));
    return tab;
  }

  /** Two or more tabs in which a user is signed in. */
  async openTabs(count: number, user: SignedInUser): Promise<[Session, Session, ...Session[]]> {
    const [second, ...others] = Array.from({ length: count - 1 }, () => this.openTab());
    if (second === undefined) throw new Error("That is one tab.");
    const tabs: [Session, Session, ...Session[]] = [await this.signIn(user), second, ...others];
    await vi.waitUntil(() => tabs.every(({ state }) => state.user?.id === user.id));
    return tabs;
  }

  answer(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
  }

  /** Let the next request wait until it is released. */
  hold(path: string): { arrived: Promise<void>; release: (response: Response) => void } {
    let release!: (response: Response) => void;
    const response = new Promise<Response>((resolve) => (release = resolve));
    const arrived = new Promise<void>((resolve) =>
      this.answer(path, () => {
        resolve();
        return response;
      }),
    );
    return { arrived, release };
  }

  calls(path: string): number {
    return this.requests.filter((request) => request === path).length;
  }

  passTime(minutes: number): void {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });
  }

  /** A sleeping tab receives no messages. */
  sleep(tab: Session): void {
    const channel = this.#channels.get(tab);
    if (channel) Channel.all.delete(channel);
  }

  wake(tab: Session): void {
    const channel = this.#channels.get(tab);
    if (channel) Channel.all.add(channel);
    tab.wakeUp();
  }

  rememberSession(): void {
    hint.write({ generation: Date.now(), session: "earlier" });
  }

  forgetSession(): void {
    localStorage.clear();
  }

  get isRemembered(): boolean {
    return hint.read() !== null;
  }

  blockStorage(): void {
    vi.stubGlobal("localStorage", {
      getItem: block,
      setItem: block,
      removeItem: block,
    });
  }

  async #fetch(request: Request): Promise<Response> {
    const path = request.url.split("/").at(-1) ?? "";
    this.requests.push(path);
    const answer = this.#answers.get(path);
    if (answer === undefined) throw new Error(`The test sets no answer for ${path}.`);
    return answer(request);
  }
}

let tokens = 0;

export function signInOf(user: SignedInUser): SignIn {
  const access_token = `${user.id} ${(tokens += 1)}`;
  return { access_token, token_type: "bearer", expires_in: 900, user };
}

export function json(body: unknown, status = 200, headers: HeadersInit = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

function userOf(id: string): SignedInUser {
  const created_at = "2026-01-01T00:00:00Z";
  return {
    id,
    email: `${id}@example.com`,
    email_verified: true,
    role: "user",
    created_at,
    username: null,
    full_name: id,
  };
}

function block(): never {
  throw new DOMException("The storage is blocked.", "SecurityError");
}

/** A BroadcastChannel that delivers after a while, as between processes. */
class Channel extends EventTarget {
  static readonly all = new Set<Channel>();

  constructor() {
    super();
    Channel.all.add(this);
  }

  postMessage(data: unknown): void {
    for (const channel of Channel.all)
      if (channel !== this)
        setTimeout(() => {
          if (Channel.all.has(channel))
            channel.dispatchEvent(new MessageEvent("message", { data }));
        }, 5);
  }
}
