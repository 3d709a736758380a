import { BASE_URL } from "./base";
import type { ConnectionMonitor } from "./connection";
import { ApiError, ConnectionError } from "./errors";
import { type Grant, type SignedInUser, type SignIn, grantOf } from "./grant";
import { hint } from "./hint";
import { withRetries } from "./retry";
import { type EndReason, type Message, Tabs } from "./tabs";

/** A token is renewed this long before it ends: clocks differ, and requests take time. */
const MARGIN = 5_000;

export type SessionState =
  | { status: "unknown"; user: null; reason: null }
  | { status: "signed-in"; user: SignedInUser; reason: null }
  | { status: "signed-out"; user: null; reason: EndReason | null };

/** Who is signed in. The tabs of a browser share it; the access token stays in memory. */
export class Session {
  #state: SessionState = { status: "unknown", user: null, reason: null };
  #grant: Grant | null = null;
  #refreshing: Promise<void> | null = null;
  #restoring: Promise<void> | null = null;
  #leaving: Promise<void> | null = null;
  readonly #tabs = new Tabs();
  readonly #listeners = new Set<() => void>();

  constructor(private readonly connection: ConnectionMonitor) {
    this.#tabs.listen((message) => this.#hear(message));
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Called after each change, in the order of subscription. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Find out whether somebody is signed in. Asks the server only if somebody was. */
  restore(): Promise<void> {
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = null;
    });
    return this.#restoring;
  }

  /** A token that is good for a while; `null` if nobody is signed in. */
  async token(): Promise<string | null> {
    await Promise.all([this.#restoring, this.#leaving]);
    this.wakeUp();
    if (this.#grant && !isCurrent(this.#grant)) await this.renew(this.#grant.token);
    return this.#grant?.token ?? null;
  }

  /** A tab that slept may have missed that somebody signed out in another. */
  wakeUp(): void {
    if (this.#grant && hint.read() === null) this.#forget("left");
  }

  /** Replace a token that the server refused or that ends soon: once, whoever asks. */
  renew(stale: string | null): Promise<void> {
    this.#refreshing ??= this.#tabs
      .alone(() => this.#renew(stale))
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  /** Somebody has signed in or registered. */
  begin(signIn: SignIn): void {
    this.#keep(signIn);
  }

  /** Sign out here, in every tab and at the server, at once or as soon as it can be reached. */
  leave(): Promise<void> {
    const token = this.#grant?.token ?? null;
    this.end("left");
    hint.markLeaving();
    this.#leaving = this.#sayGoodbye(token).finally(() => {
      this.#leaving = null;
    });
    return this.#leaving;
  }

  /** The server refuses a token that has not expired: its session has ended. */
  refuse(token: string): void {
    if (this.#grant?.token === token) this.end("ended");
  }

  /** The session is over: forget it in every tab. */
  end(reason: EndReason): void {
    hint.clear();
    this.#tabs.tell({ type: "ended", reason });
    this.#forget(reason);
  }

  async #restore(): Promise<void> {
    if (this.#state.status !== "unknown") return;
    if (hint.isLeaving) await this.#sayGoodbye(null);
    if (hint.read() === null) this.#change({ status: "signed-out", user: null, reason: null });
    else await this.renew(null);
  }

  async #renew(stale: string | null): Promise<void> {
    if (this.#grant && this.#grant.token !== stale && isFresh(this.#grant)) return;
    const mine = this.#grant?.generation ?? 0;
    if ((hint.read() ?? 0) > mine) {
      const shared = await this.#tabs.ask(mine);
      if (shared && isFresh(shared)) {
        this.#adopt(shared);
        return;
      }
    }
    const response = await this.#post("refresh", null);
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) this.#keep(body as SignIn);
    else if (response.status === 401) this.end("ended");
    else throw ApiError.of(response, body);
  }

  async #sayGoodbye(token: string | null): Promise<void> {
    const response = await this.#post("logout", token).catch(() => null);
    if (response?.ok && hint.isLeaving) hint.clear();
  }

  async #post(path: string, token: string | null): Promise<Response> {
    const send = () =>
      fetch(`${BASE_URL}/api/v1/auth/${path}`, {
        method: "POST",
        credentials: "include",
        ...(token && { headers: { Authorization: `Bearer ${token}` } }),
      });
    try {
      return await withRetries(send, this.connection);
    } catch (error) {
      throw new ConnectionError(error);
    }
  }

  #keep(signIn: SignIn): void {
    const newest = Math.max(hint.read() ?? 0, this.#grant?.generation ?? 0);
    const grant = grantOf(signIn, Math.max(newest + 1, Date.now()));
    hint.write(grant.generation);
    this.#tabs.tell({ type: "granted", grant });
    this.#adopt(grant);
  }

  #adopt(grant: Grant): void {
    this.#grant = grant;
    this.#change({ status: "signed-in", user: grant.user, reason: null });
  }

  #forget(reason: EndReason): void {
    this.#grant = null;
    this.#change({ status: "signed-out", user: null, reason });
  }

  #hear(message: Message): void {
    if (message.type === "ended") this.#forget(message.reason);
    else if (message.type === "asked") this.#share(message.newerThan);
    else if (message.grant.generation > (this.#grant?.generation ?? 0)) this.#adopt(message.grant);
  }

  #share(newerThan: number): void {
    if (this.#grant && this.#grant.generation > newerThan && isFresh(this.#grant))
      this.#tabs.tell({ type: "granted", grant: this.#grant });
  }

  #change(state: SessionState): void {
    this.#state = state;
    this.#listeners.forEach((listener) => listener());
  }
}

function isFresh(grant: Grant): boolean {
  return grant.expiresAt - MARGIN > Date.now();
}

/** Whether no other tab has got a newer one. */
function isCurrent(grant: Grant): boolean {
  return isFresh(grant) && (hint.read() ?? 0) <= grant.generation;
}
