import { useMemo, useSyncExternalStore } from "react";

const MINUTE = 60_000;

/** The time, to the minute. */
export function useNow(): Date {
  const minute = useSyncExternalStore(subscribe, () => Math.floor(Date.now() / MINUTE));
  return useMemo(() => new Date(minute * MINUTE), [minute]);
}

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, MINUTE / 6);
  return () => clearInterval(timer);
}
