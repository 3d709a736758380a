import { BASE_URL } from "./base";
import type { ConnectionMonitor } from "./connection";
import { ApiError, ConnectionError } from "./errors";
import {
  type Grant,
  type SignedInUser,
  type SignIn,
  grantOf,
  isFresh,
  newSessionId,
} from "./grant";
import { hint } from "./hint";
import { withRetries } from "./retry";
import { type EndReason, type Message, Tabs } from "./tabs";

/** All tabs wait for such a request: it must not hang. */
const LONGEST_REQUEST = 15_000;

export type SessionState =
  | { status: "unknown"; user: null; reason: null }
  | { status: "signed-in"; user: SignedInUser; reason: null }
  | { status: "signed-out"; user: null; reason: EndReason | null };

/** Who is signed in. The tabs of a browser share it; the access token stays in memory. */
export class Session {
  #state: SessionState = { status: "unknown", user: null, reason: null };
  #grant: Grant | null = null;
  #visit = 0;
  #visitor: string | null = null;
  #refreshing: Promise<void> | null = null;
  #restoring: Promise<void> | null = null;
  #ending: Promise<unknown> | null = null;
  readonly #ended = new Set<string>();
  readonly #tabs = new Tabs();
  readonly #listeners = new Set<() => void>();

  constructor(private readonly connection: ConnectionMonitor) {
    this.#tabs.listen((message) => this.#receive(message));
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Identifies one user's stay: changes when the user leaves, or another one signs in. */
  get visit(): number {
    return this.#visit;
  }

  /** Called after each change, in the order of subscription. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The outcome of `work`; never settles once the user who began it has left. */
  async whileHere<Outcome>(work: Promise<Outcome>): Promise<Outcome> {
    const visit = this.#visit;
    try {
      return await work;
    } finally {
      if (visit !== this.#visit) await new Promise(() => undefined);
    }
  }

  /** Find out whether a user is signed in. Sends a request only if one was. */
  restore(): Promise<void> {
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = null;
    });
    return this.#restoring;
  }

  /** A token that is valid for a while; `null` if no user is signed in. */
  async token(): Promise<string | null> {
    await this.#restoring;
    this.#noticeSignOut();
    if (this.#grant && !isCurrent(this.#grant)) await this.renew(this.#grant.token);
    return this.#grant?.token ?? null;
  }

  /** Catch up with what happened while this tab slept or was offline. */
  wakeUp(): void {
    if (this.#state.status === "unknown") return;
    this.#noticeSignOut();
    const known = hint.read();
    if (hint.isLeaving) void this.#tabs.alone(() => this.#reportSignOut(null));
    else if (known && known.session !== this.#grant?.session)
      void this.renew(this.#grant?.token ?? null).catch(() => undefined);
  }

  /** Replace a token that the server refused or that expires soon: once for all callers. */
  renew(stale: string | null): Promise<void> {
    this.#refreshing ??= this.#tabs
      .alone(() => this.#renew(stale))
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  /** Sign in or sign up, while no tab refreshes or signs out: one cookie would replace the other. */
  begin(request: () => Promise<SignIn>): Promise<void> {
    return this.#tabs.alone(async () => {
      await this.#reportSignOut(null);
      this.#accept(await request(), newSessionId());
    });
  }

  /** Sign out here, in every tab, and at the server as soon as it can be reached. */
  leave(): Promise<void> {
    const token = this.#grant?.token ?? null;
    this.end("left");
    hint.markLeaving();
    return this.#tabs.alone(() => this.#reportSignOut(token));
  }

  /** Await work that ends the session if it succeeds, such as deleting the account. */
  async endBy<Outcome>(reason: EndReason, work: Promise<Outcome>): Promise<Outcome> {
    const ending = work.finally(() => (this.#ending = null));
    this.#ending = ending;
    const outcome = await ending;
    this.end(reason);
    return outcome;
  }

  /** Resolves once nothing is under way that may end the session. */
  async settled(): Promise<void> {
    await this.#ending?.catch(() => undefined);
  }

  /** The session is over: forget it in every tab. */
  end(reason: EndReason): void {
    const session = this.#grant?.session ?? hint.read()?.session;
    if (session !== undefined) this.#end(session, reason);
  }

  async #restore(): Promise<void> {
    if (this.#state.status !== "unknown") return;
    if (hint.isExpected) await this.#tabs.alone(() => this.#takeExpected());
    this.#noticeSignOut();
    if (hint.read() !== null) await this.renew(null);
    this.wakeUp();
  }

  /** Take over the session of a sign-in with another provider, if it succeeded. */
  async #takeExpected(): Promise<void> {
    if (!hint.isExpected) return; // another tab took it
    const response = await this.#post("refresh", null);
    if (response.ok) this.#accept((await response.json()) as SignIn, newSessionId());
    else if (response.status === 401) hint.clear("left");
  }

  async #renew(stale: string | null): Promise<void> {
    if (this.#grant && this.#grant.token !== stale && isCurrent(this.#grant)) return;
    const known = hint.read();
    if (known === null) {
      this.#noticeSignOut();
      return;
    }
    const mine = this.#grant?.generation ?? 0;
    const shared = await this.#tabs.requestGrant(mine);
    if (shared && isFresh(shared) && this.#adopt(shared)) return;
    const response = await this.#post("refresh", null);
    const body: unknown = await response.json().catch(() => null);
    // a user signed out or in meanwhile
    if (hint.read()?.session !== known.session) await this.#renew(stale);
    else if (response.ok) this.#accept(body as SignIn, known.session);
    else if (response.status === 401) this.#end(known.session, "ended");
    else throw ApiError.of(response, body);
  }

  #end(session: string, reason: EndReason): void {
    hint.clear(reason);
    this.#ended.add(session);
    this.#tabs.send({ type: "ended", session, reason });
    this.#forget(reason);
  }

  /** Send a sign-out that the server has not confirmed. */
  async #reportSignOut(token: string | null): Promise<void> {
    if (!hint.isLeaving) return;
    const response = await this.#post("logout", token).catch(() => null);
    if (response && response.status < 500 && response.status !== 429) hint.clear("left");
  }

  async #post(path: string, token: string | null): Promise<Response> {
    const send = () =>
      fetch(`${BASE_URL}/api/v1/auth/${path}`, {
        method: "POST",
        credentials: "include",
        signal: AbortSignal.timeout(LONGEST_REQUEST),
        ...(token && { headers: { Authorization: `Bearer ${token}` } }),
      });
    try {
      return await withRetries(send, this.connection);
    } catch (error) {
      throw new ConnectionError(error);
    }
  }

  #accept(signIn: SignIn, session: string): void {
    const newest = Math.max(hint.read()?.generation ?? 0, this.#grant?.generation ?? 0);
    const grant = grantOf(signIn, session, Math.max(newest + 1, Date.now()));
    if (!this.#adopt(grant)) return;
    hint.write(grant);
    this.#tabs.send({ type: "granted", grant });
  }

  /** Take a grant, unless its session has ended: messages of tabs overtake each other. */
  #adopt(grant: Grant): boolean {
    if (this.#ended.has(grant.session)) return false;
    this.#grant = grant;
    this.#tabs.offer(grant);
    this.#change({ status: "signed-in", user: grant.user, reason: null });
    return true;
  }

  #forget(reason: EndReason): void {
    this.#grant = null;
    this.#tabs.withdraw();
    this.#change({ status: "signed-out", user: null, reason });
  }

  /** A tab that slept may have missed a sign-out in another tab. */
  #noticeSignOut(): void {
    if (hint.read() !== null) return;
    if (this.#grant) this.#forget(hint.reason);
    else if (this.#state.status === "unknown")
      this.#change({ status: "signed-out", user: null, reason: null });
  }

  #receive(message: Message): void {
    if (message.type === "asked") this.#share(message.newerThan);
    else if (message.type === "ended") this.#receiveEnd(message.session, message.reason);
    else if (message.grant.generation > (this.#grant?.generation ?? 0))
      this.#receiveGrant(message.grant);
  }

  #receiveGrant(grant: Grant): void {
    if (!this.#adopt(grant)) return;
    // the storage may reach this tab later than the message
    if ((hint.read()?.generation ?? 0) < grant.generation && !hint.isLeaving) hint.write(grant);
  }

  #receiveEnd(session: string, reason: EndReason): void {
    this.#ended.add(session);
    if (hint.read()?.session === session) hint.clear(reason);
    if (this.#grant?.session === session) this.#forget(reason);
  }

  #share(newerThan: number): void {
    if (this.#grant && this.#grant.generation > newerThan && isFresh(this.#grant))
      this.#tabs.send({ type: "granted", grant: this.#grant });
  }

  #change(state: SessionState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    const { user, reason } = state;
    const hasLeft = reason === "left" || reason === "deleted";
    if (hasLeft || (user && this.#visitor !== null && user.id !== this.#visitor)) this.#visit += 1;
    if (hasLeft) this.#visitor = null;
    else if (user) this.#visitor = user.id;
    this.#state = state;
    this.#listeners.forEach((listener) => listener());
  }
}

/** Whether no other tab has a newer one. */
function isCurrent(grant: Grant): boolean {
  return isFresh(grant) && (hint.read()?.generation ?? 0) <= grant.generation;
}
