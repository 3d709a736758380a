import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { api } from "@/lib/api/client";
import { flagKeys } from "@/lib/useFlag";

import { followFlags, SPREAD } from "./followFlags";

const asked: (number | undefined)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked.length = 0;
  vi.spyOn(api, "GET").mockImplementation((_path, ...[options]) => {
    asked.push((options as unknown as { params: { query: { since: number } } }).params.query.since);
    const data = { revision: asked.length, values: { tasks_import: true } };
    return Promise.resolve({ data, response: new Response() }) as never;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function following() {
  const queryClient = new QueryClient();
  const hear = followFlags(queryClient);
  await vi.runAllTimersAsync();
  return { queryClient, hear };
}

describe("the values of flags", () => {
  it("are fetched before something needs them", async () => {
    const { queryClient } = await following();

    expect(queryClient.getQueryData(flagKeys.values)).toMatchObject({ revision: 1 });
  });

  it("are asked for once after changes at once, as new as the last of them", async () => {
    const { hear } = await following();
    for (const version of [5, 7, 6]) hear({ event: "flag.changed", id: null, data: { version } });
    await vi.advanceTimersByTimeAsync(SPREAD);

    expect(asked).toEqual([expect.any(Number), 7]);
  });

  it.each(["reset", "team.joined", "team.left"])("are asked for after %s", async (event) => {
    const { hear } = await following();
    hear({ event, id: null, data: { id: "a", version: null } });
    await vi.advanceTimersByTimeAsync(SPREAD);

    expect(asked).toHaveLength(2);
  });

  it("stay when something else has changed", async () => {
    const { hear } = await following();
    hear({ event: "task.changed", id: null, data: { id: "a", version: 2 } });
    await vi.runAllTimersAsync();

    expect(asked).toHaveLength(1);
  });
});
