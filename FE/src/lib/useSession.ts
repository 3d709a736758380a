import { useSyncExternalStore } from "react";

import { connection, session } from "./api/client";
import type { Connection } from "./api/connection";
import type { SignedInUser } from "./api/grant";
import type { SessionState } from "./api/session";

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, () => session.state);
}

/** The signed-in user; only for components below a page that requires one. */
export function useUser(): SignedInUser {
  const { user } = useSession();
  if (user === null) throw new Error("No user is signed in.");
  return user;
}

/** Whether the server answers, or requests wait for it. */
export function useConnection(): Connection {
  return useSyncExternalStore(connection.subscribe, () => connection.state);
}
