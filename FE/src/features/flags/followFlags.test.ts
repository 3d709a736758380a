import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { api } from "@/lib/api/client";
import { flagKeys } from "@/lib/useFlag";

import { followFlags, SPREAD } from "./followFlags";

const revisions: (number | undefined)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  revisions.length = 0;
  vi.spyOn(api, "GET").mockImplementation((_path, ...[options]) => {
    revisions.push(
      (options as unknown as { params: { query: { since: number } } }).params.query.since,
    );
    const data = { revision: revisions.length, values: { tasks_import: true } };
    return Promise.resolve({ data, response: new Response() }) as never;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function following() {
  const queryClient = new QueryClient();
  const onMessage = followFlags(queryClient);
  await vi.runAllTimersAsync();
  return { queryClient, onMessage };
}

describe("the values of flags", () => {
  it("are fetched before a component needs them", async () => {
    const { queryClient } = await following();

    expect(queryClient.getQueryData(flagKeys.values)).toMatchObject({ revision: 1 });
  });

  it("are fetched once after simultaneous changes, as new as the last of them", async () => {
    const { onMessage } = await following();
    for (const version of [5, 7, 6])
      onMessage({ event: "flag.changed", id: null, data: { version } });
    await vi.advanceTimersByTimeAsync(SPREAD);

    expect(revisions).toEqual([expect.any(Number), 7]);
  });

  it.each(["reset", "team.joined", "team.left"])("are fetched after %s", async (event) => {
    const { onMessage } = await following();
    onMessage({ event, id: null, data: { id: "a", version: null } });
    await vi.advanceTimersByTimeAsync(SPREAD);

    expect(revisions).toHaveLength(2);
  });

  it("stay when something else has changed", async () => {
    const { onMessage } = await following();
    onMessage({ event: "task.changed", id: null, data: { id: "a", version: 2 } });
    await vi.runAllTimersAsync();

    expect(revisions).toHaveLength(1);
  });
});
