import type { components } from "./schema";

export type SignedInUser = components["schemas"]["SignedInUserResponse"];
export type SignIn = components["schemas"]["SignInResponse"];

/** An access token and whose it is. It is kept in memory and told to other tabs, never stored. */
export interface Grant {
  token: string;
  /** Milliseconds of this browser's clock. */
  expiresAt: number;
  user: SignedInUser;
  /** Grows with each grant of this browser. */
  generation: number;
}

export function grantOf(signIn: SignIn, generation: number): Grant {
  return {
    token: signIn.access_token,
    expiresAt: Date.now() + signIn.expires_in * 1000,
    user: signIn.user,
    generation,
  };
}
