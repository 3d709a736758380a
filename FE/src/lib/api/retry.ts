import type { ConnectionMonitor } from "./connection";

const ATTEMPTS = 6;
const BASE_DELAY = 300;
const LONGEST_WAIT = 30_000;

type Attempt = () => Promise<Response>;

/** Repeat an attempt until the server answers, or the attempts are used up. */
export async function withRetries(
  attempt: Attempt,
  monitor: ConnectionMonitor,
  signal: AbortSignal | null = null,
): Promise<Response> {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt().catch((error: unknown) => ({ error }));
    if ("error" in outcome && !isNetworkError(outcome.error)) throw outcome.error;
    const delay = delayOf(outcome, attempts);
    if (delay === null || delay > LONGEST_WAIT || attempts === ATTEMPTS) {
      if ("error" in outcome) throw outcome.error;
      return outcome;
    }
    await monitor.during(pause(delay, signal));
  }
}

/** Whether a request has the same effect once or several times. */
export function isRepeatable(request: Request): boolean {
  return (
    ["GET", "HEAD", "DELETE", "PUT"].includes(request.method) ||
    request.headers.has("Idempotency-Key") ||
    request.headers.has("If-Match")
  );
}

/** Milliseconds until the next attempt; `null` when the answer is final. */
function delayOf(outcome: Response | { error: unknown }, attempts: number): number | null {
  const backoff = BASE_DELAY * 2 ** (attempts - 1);
  if ("error" in outcome) return withJitter(backoff);
  if (![429, 502, 503, 504].includes(outcome.status)) return null;
  const asked = Number(outcome.headers.get("Retry-After")) * 1000 || 0;
  return withJitter(Math.max(asked, backoff));
}

/** Up to a half more, so that clients which were refused together do not come back together. */
function withJitter(delay: number): number {
  return delay * (1 + Math.random() / 2);
}

/** `fetch` rejects with a TypeError when no answer came. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError;
}

function pause(delay: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, delay);
    signal?.addEventListener("abort", abort);
    addEventListener("online", done);

    function done() {
      clear();
      resolve();
    }
    function abort() {
      clear();
      reject(signal?.reason as Error);
    }
    function clear() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      removeEventListener("online", done);
    }
  });
}
