import { afterEach, expect, it, vi } from "vitest";

import { readStream, StreamRefused } from "./stream";

afterEach(() => vi.unstubAllGlobals());

it("leaves no unhandled rejection when a refused response is already aborted", async () => {
  const body = new ReadableStream({
    cancel: () => Promise.reject(new DOMException("BodyStreamBuffer was aborted", "AbortError")),
  });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status: 503 })));
  const listener = { onMessage: vi.fn(), onRetry: vi.fn(), onLife: vi.fn() };

  await expect(readStream(null, new AbortController().signal, listener)).rejects.toThrow(
    StreamRefused,
  );
  await Promise.resolve(); // a rejection that nobody handles fails the run
});
