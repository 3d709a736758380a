import type { components } from "./schema";

export type SignedInUser = components["schemas"]["SignedInUserResponse"];
export type SignIn = components["schemas"]["SignInResponse"];

/** A token is renewed this long before it expires: clocks differ, and requests take time. */
const MARGIN = 5_000;
const MARGIN_OF_SHORT_TOKENS = 0.1;

/** An access token and its user: held in memory and shared with other tabs, never stored. */
export interface Grant {
  token: string;
  /** When the token is to be renewed: milliseconds of this browser's clock. */
  staleAt: number;
  user: SignedInUser;
  /** The sign-in that it comes from. */
  session: string;
  /** Grows with each grant of this browser. */
  generation: number;
}

export function grantOf(signIn: SignIn, session: string, generation: number): Grant {
  const lifetime = signIn.expires_in * 1000;
  const margin = Math.min(MARGIN, lifetime * MARGIN_OF_SHORT_TOKENS);
  return {
    token: signIn.access_token,
    staleAt: Date.now() + lifetime - margin,
    user: signIn.user,
    session,
    generation,
  };
}

export function isFresh(grant: Grant): boolean {
  return Date.now() < grant.staleAt;
}

/** An id of a sign-in, for the tabs of this browser. */
export function newSessionId(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}
