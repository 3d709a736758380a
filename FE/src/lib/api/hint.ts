import type { EndReason } from "./tabs";

const KEY = "app.session";
const LEAVING = "leaving";
const EXPECTED = "expected";
const REASONS: readonly string[] = ["left", "ended", "deleted"] satisfies EndReason[];

/** What a browser stores of its session: no secret. */
export interface KnownSession {
  /** The newest grant. */
  generation: number;
  /** The sign-in that it comes from. */
  session: string;
}

/** Replaces a storage that the browser blocks, for this tab only. */
let remembered: string | null = null;

/**
 * Whether a user is signed in, shared by the tabs and the next page of a browser.
 * Without it no user is, and no request has to find that out.
 */
export const hint = {
  /** `null` if no user is signed in. */
  read(): KnownSession | null {
    const [generation, session] = (load() ?? "").split(" ");
    if (!Number(generation)) return null;
    return { generation: Number(generation), session: session ?? String(generation) };
  },

  write({ generation, session }: KnownSession): void {
    store(`${generation} ${session}`);
  },

  /** No user is signed in any more. */
  clear(reason: EndReason): void {
    store(reason);
  },

  /** Why no user is; a cleared storage counts as a sign-out. */
  get reason(): EndReason {
    const value = load() ?? "";
    return REASONS.includes(value) ? (value as EndReason) : "left";
  },

  /** The user signed out, and the server has not confirmed it yet. */
  markLeaving(): void {
    store(LEAVING);
  },

  get isLeaving(): boolean {
    return load() === LEAVING;
  },

  /** The user went to sign in with another provider: a session may exist. */
  markExpected(): void {
    store(EXPECTED);
  },

  get isExpected(): boolean {
    return load() === EXPECTED;
  },
};

function load(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return remembered;
  }
}

function store(value: string): void {
  remembered = value;
  try {
    localStorage.setItem(KEY, value);
  } catch {
    // blocked
  }
}
