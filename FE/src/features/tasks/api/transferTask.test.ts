import { InfiniteQueryObserver, MutationObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";

import { json } from "@/lib/api/testing/browser";
import type { Team } from "@/lib/useTeam";

import { type TaskPages, tasksOf } from "./pages";
import { type Task, taskKeys, tasksQuery } from "./tasks";
import { transferMutation } from "./transferTask";

afterEach(() => vi.unstubAllGlobals());

test("a task whose transfer is refused stays in the user's own list", async () => {
  const task = { id: "a", title: "Oil the engine", version: 1, status: "todo" } as Task;
  vi.stubGlobal("BroadcastChannel", EventTarget);
  vi.stubGlobal("fetch", (request: Request) =>
    Promise.resolve(
      request.method === "POST"
        ? json({ error: "No.", code: "PRECONDITION_FAILED", details: [], request_id: "1" }, 412)
        : json({ items: [{ ...task, version: 2 }], next_cursor: null, total: 1 }),
    ),
  );
  const queryClient = new QueryClient();
  const end = new InfiniteQueryObserver(queryClient, tasksQuery({})).subscribe(() => undefined);
  await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));

  const transfer = new MutationObserver(queryClient, transferMutation(queryClient));
  const team = { id: "engine" } as Team;
  await expect(transfer.mutate({ tasks: [task], team, idempotencyKey: "k" })).rejects.toThrow();
  await vi.waitFor(() => expect(queryClient.isFetching()).toBe(0));

  const list = queryClient.getQueryData<TaskPages>(taskKeys.list({}));
  expect(list && tasksOf(list).map(({ version }) => version)).toEqual([2]);
  end();
});
