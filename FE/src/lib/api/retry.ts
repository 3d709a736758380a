import type { ConnectionMonitor } from "./connection";
import { codeOf, retryAfterOf } from "./errors";

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
    const delay = await delayOf(outcome, attempts);
    if (delay === null || delay > LONGEST_WAIT || attempts === ATTEMPTS) {
      if ("error" in outcome) throw outcome.error;
      return outcome;
    }
    await monitor.during(pause(withJitter(delay), signal));
  }
}

/** Whether a repeated request has no further effect. */
export function isRepeatable(request: Request): boolean {
  return (
    ["GET", "HEAD", "DELETE", "PUT"].includes(request.method) ||
    request.headers.has("Idempotency-Key") ||
    request.headers.has("If-Match")
  );
}

/** Milliseconds until the next attempt; `null` when the answer is final. */
async function delayOf(
  outcome: Response | { error: unknown },
  attempts: number,
): Promise<number | null> {
  const backoff = BASE_DELAY * 2 ** (attempts - 1);
  if ("error" in outcome) return backoff;
  if (!(await isTransient(outcome))) return null;
  return Math.max((retryAfterOf(outcome) ?? 0) * 1000, backoff);
}

/** Whether the same request may succeed a little later. */
async function isTransient(response: Response): Promise<boolean> {
  if (response.status === 409) return (await codeOf(response)) === "IDEMPOTENCY_IN_FLIGHT";
  return [429, 502, 503, 504].includes(response.status);
}

/** Up to half as long again, so that clients refused together do not return together. */
function withJitter(delay: number): number {
  return delay * (1 + Math.random() / 2);
}

/** `fetch` rejects with a TypeError when no response came. */
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
