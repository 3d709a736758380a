import { useCallback, useRef } from "react";

import { newIdempotencyKey } from "./api/client";

/** The same key for the same body, so that the server handles a repeated one once. */
export function useIdempotencyKey(): (body: unknown) => string {
  const last = useRef({ sent: "", key: "" });
  return useCallback((body) => {
    const sent = JSON.stringify(body);
    if (sent !== last.current.sent) last.current = { sent, key: newIdempotencyKey() };
    return last.current.key;
  }, []);
}
