import { type ParsedLocation, redirect } from "@tanstack/react-router";

declare module "@tanstack/react-router" {
  interface HistoryState {
    token?: string;
  }
}

interface Search {
  token?: string | undefined;
}

/** The token of a link in a mail. */
export function validateToken({ token }: Record<string, unknown>): Search {
  const isToken = typeof token === "string" || typeof token === "number";
  return { token: isToken ? String(token) : undefined };
}

/** Take the token out of the address bar, the history and what is shared: it opens an account. */
export function hideToken({ location, search }: { location: ParsedLocation; search: Search }) {
  if (search.token === undefined) return;
  throw redirect({
    to: location.pathname,
    search: {},
    state: { token: search.token },
    replace: true,
  });
}
