const KEY = "bounded.session";
const LEAVING = "leaving";

/**
 * What the browser remembers of the session: no secret, only the generation of the newest grant.
 * Without it nobody is signed in, and no request needs to find that out.
 */
export const hint = {
  /** The newest generation; `null` if nobody is signed in. */
  read(): number | null {
    return Number(localStorage.getItem(KEY)) || null;
  },

  write(generation: number): void {
    localStorage.setItem(KEY, String(generation));
  },

  clear(): void {
    localStorage.removeItem(KEY);
  },

  /** The server has not heard yet that somebody signed out. */
  markLeaving(): void {
    localStorage.setItem(KEY, LEAVING);
  },

  get isLeaving(): boolean {
    return localStorage.getItem(KEY) === LEAVING;
  },
};
