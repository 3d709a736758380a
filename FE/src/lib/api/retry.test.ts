import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ConnectionMonitor } from "./connection";
import { isRepeatable, withRetries } from "./retry";
import { json } from "./testing/browser";

let monitor: ConnectionMonitor;

beforeEach(() => {
  vi.useFakeTimers();
  monitor = new ConnectionMonitor();
});

afterEach(() => void vi.useRealTimers());

/** Attempts with these outcomes, one after the other; the last one again and again. */
function attemptsWith(...outcomes: (Response | Error)[]) {
  const times: number[] = [];
  const begin = Date.now();
  const attempt = async () => {
    await Promise.resolve();
    times.push(Date.now() - begin);
    const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0];
    if (outcome instanceof Response) return outcome;
    throw outcome ?? new Error("There is no outcome.");
  };
  return { attempt, times };
}

async function run({ attempt }: { attempt: () => Promise<Response> }): Promise<unknown> {
  const outcome = withRetries(attempt, monitor).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  return outcome;
}

function error(status: number, code: string, headers: HeadersInit = {}): Response {
  return json({ error: "No.", code, details: [], request_id: "1" }, status, headers);
}

describe("withRetries", () => {
  it("waits as long as the server asks, and up to a half more", async () => {
    const attempts = attemptsWith(error(429, "RATE_LIMITED", { "Retry-After": "10" }), json({}));

    expect(await run(attempts)).toMatchObject({ status: 200 });
    expect(attempts.times[1]).toBeGreaterThanOrEqual(10_000);
    expect(attempts.times[1]).toBeLessThanOrEqual(15_000);
  });

  it("understands a date, as proxies send it", async () => {
    const date = new Date(Date.now() + 20_000).toUTCString();
    const attempts = attemptsWith(error(503, "UNAVAILABLE", { "Retry-After": date }), json({}));

    expect(await run(attempts)).toMatchObject({ status: 200 });
    expect(attempts.times[1]).toBeGreaterThanOrEqual(19_000);
  });

  it("does not make the user wait for minutes", async () => {
    const attempts = attemptsWith(error(429, "RATE_LIMITED", { "Retry-After": "600" }), json({}));

    expect(await run(attempts)).toMatchObject({ status: 429 });
    expect(attempts.times).toHaveLength(1);
  });

  it("retries while the first request with the key is handled", async () => {
    const attempts = attemptsWith(error(409, "IDEMPOTENCY_IN_FLIGHT"), json({}, 201));

    expect(await run(attempts)).toMatchObject({ status: 201 });
  });

  it.each([
    [409, "CONFLICT"],
    [412, "PRECONDITION_FAILED"],
    [422, "VALIDATION_ERROR"],
    [500, "INTERNAL_ERROR"],
  ])("takes %i %s as final", async (status, code) => {
    const attempts = attemptsWith(error(status, code), json({}));

    expect(await run(attempts)).toMatchObject({ status });
    expect(attempts.times).toHaveLength(1);
  });

  it("backs off, and gives up in the end", async () => {
    const attempts = attemptsWith(new TypeError("Failed to fetch"));

    expect(await run(attempts)).toBeInstanceOf(TypeError);
    expect(attempts.times).toHaveLength(6);
    expect(monitor.state).toBe("online");
  });

  it("retries at once when the browser is back online", async () => {
    const attempts = attemptsWith(error(503, "UNAVAILABLE", { "Retry-After": "20" }), json({}));
    const outcome = withRetries(attempts.attempt, monitor);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(monitor.state).toBe("waiting");
    dispatchEvent(new Event("online"));

    expect((await outcome).status).toBe(200);
    expect(attempts.times).toEqual([0, 1_000]);
  });

  it("stops when the caller aborts", async () => {
    const attempts = attemptsWith(error(503, "UNAVAILABLE"));
    const controller = new AbortController();
    const outcome = withRetries(attempts.attempt, monitor, controller.signal);
    const stopped = expect(outcome).rejects.toMatchObject({ name: "AbortError" });
    await vi.advanceTimersByTimeAsync(0);
    controller.abort();

    await stopped;
    expect(attempts.times).toHaveLength(1);
  });
});

describe("isRepeatable", () => {
  it.each([
    ["GET", {}, true],
    ["PUT", {}, true],
    ["DELETE", {}, true],
    ["POST", {}, false],
    ["PATCH", {}, false],
    ["POST", { "Idempotency-Key": "key" }, true],
    ["PATCH", { "If-Match": '"3"' }, true],
  ] as [string, HeadersInit, boolean][])("%s with %o: %s", (method, headers, repeatable) => {
    const request = new Request("http://localhost/", { method, headers });

    expect(isRepeatable(request)).toBe(repeatable);
  });
});
