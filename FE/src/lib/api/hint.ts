import type { EndReason } from "./tabs";

const KEY = "app.session";
const LEAVING = "leaving";
const EXPECTED = "expected";
const REASONS: readonly string[] = ["left", "ended", "deleted"] satisfies EndReason[];

/** What a browser remembers of its session: no secret. */
export interface KnownSession {
  /** The newest grant. */
  generation: number;
  /** The sign-in that it comes from. */
  session: string;
}

/** Stands in for a storage that the browser blocks: this tab alone remembers. */
let remembered: string | null = null;

/**
 * Whether somebody is signed in, as the tabs of a browser and its next page know it.
 * Without it nobody is, and no request needs to find that out.
 */
export const hint = {
  /** `null` if nobody is signed in. */
  read(): KnownSession | null {
    const [generation, session] = (load() ?? "").split(" ");
    if (!Number(generation)) return null;
    return { generation: Number(generation), session: session ?? String(generation) };
  },

  write({ generation, session }: KnownSession): void {
    store(`${generation} ${session}`);
  },

  /** Nobody is signed in any more. */
  clear(reason: EndReason): void {
    store(reason);
  },

  /** Why nobody is; who cleared the storage has left. */
  get reason(): EndReason {
    const value = load() ?? "";
    return REASONS.includes(value) ? (value as EndReason) : "left";
  },

  /** The server has not heard yet that somebody signed out. */
  markLeaving(): void {
    store(LEAVING);
  },

  get isLeaving(): boolean {
    return load() === LEAVING;
  },

  /** Somebody went to sign in with another provider: a session may be there. */
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
