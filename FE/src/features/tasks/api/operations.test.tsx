import { QueryClientProvider, type QueryKey, useQueryClient } from "@tanstack/react-query";
import { act, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { json } from "@/lib/api/testing/browser";

import { useChangeTask } from "./changeTask";
import { useChangeTogether } from "./changeTogether";
import { clientOfTeam } from "./teamCollections";
import { creationOf, useCreateTask } from "./createTask";
import { useDeleteTasks } from "./deleteTasks";
import { useEmptyTrash } from "./emptyTrash";
import { useExportTasks } from "./exportTasks";
import { useCheckImport, useImportTasks } from "./importTasks";
import { membersQuery } from "./members";
import { useMoveTask } from "./moveTask";
import { useRestoreTasks } from "./restoreTasks";
import { taskHistoryQuery, taskStatsQuery } from "./stats";
import { tagsQuery } from "./tags";
import { taskQuery } from "./task";
import { MEMBERS_KEY, type Task, tasksQuery } from "./tasks";
import { trashQuery } from "./trash";

const task = { id: "a", title: "Oil the engine", version: 1, status: "todo", tags: [] } as unknown;
const file = new File(["title"], "tasks.csv");
const client = clientOfTeam("engine");
let requests: string[] = [];
let operations: ReturnType<typeof useOperations>;

function useOperations() {
  return {
    change: useChangeTask(),
    move: useMoveTask({}),
    create: useCreateTask({ onError: () => undefined }).mutate,
    changeTogether: useChangeTogether().mutate,
    remove: useDeleteTasks().mutate,
    restore: useRestoreTasks().mutate,
    emptyTrash: useEmptyTrash().mutate,
    exportAll: useExportTasks().mutate,
    checkImport: useCheckImport().mutate,
    importAll: useImportTasks().mutate,
    read: readIn(useQueryClient()),
  };
}

/** Runs queries as a page does, and ignores the response. */
function readIn(queryClient: ReturnType<typeof useQueryClient>) {
  return (query: { queryKey: QueryKey }) => {
    const read = "getNextPageParam" in query ? "fetchInfiniteQuery" : "fetchQuery";
    queryClient[read](query as never).catch(() => undefined);
  };
}

function Probe() {
  const current = useOperations();
  useEffect(() => {
    operations = current;
  });
  return null;
}

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("BroadcastChannel", EventTarget);
  vi.stubGlobal("fetch", (request: Request) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    return Promise.resolve(json({ error: "No.", code: "X", details: [], request_id: "1" }, 400));
  });
  requests = [];
  const root = createRoot(document.createElement("div"));
  act(() => {
    root.render(
      <QueryClientProvider client={client}>
        <Probe />
      </QueryClientProvider>,
    );
  });
});

afterEach(() => {
  client.clear();
  vi.unstubAllGlobals();
});

const idempotencyKey = "key";
const joe = { assignee_id: "joe" };
const one = task as Task;

test.each<[string, () => void]>([
  ["PATCH tasks/a", () => operations.change(one, { title: "Sell the engine" })],
  ["POST tasks/a/move", () => operations.move(one, null)],
  ["POST tasks", () => operations.create(creationOf({ title: "Sweep" }, {}))],
  [
    "POST tasks/bulk",
    () =>
      operations.changeTogether({
        tasks: [one],
        changesOf: () => ({ status: "done" }),
        idempotencyKey,
      }),
  ],
  ["POST tasks/bulk", () => operations.remove({ tasks: [one], idempotencyKey })],
  ["POST tasks/trash/restore", () => operations.restore([one])],
  ["DELETE tasks/trash", () => operations.emptyTrash()],
  ["GET tasks/export", () => operations.exportAll("csv")],
  ["POST tasks/import", () => operations.checkImport({ file, idempotencyKey })],
  ["POST tasks/import", () => operations.importAll({ file, idempotencyKey })],
  ["GET tasks", () => operations.read(tasksQuery({}))],
  ["GET tasks/a", () => operations.read(taskQuery(client, "a"))],
  ["GET tasks/trash", () => operations.read(trashQuery)],
  ["GET tasks/tags", () => operations.read(tagsQuery)],
  ["GET tasks/stats", () => operations.read(taskStatsQuery())],
  ["GET tasks/stats/history", () => operations.read(taskHistoryQuery(7, "day"))],
  ["GET members", () => operations.read(membersQuery(client))],
])("in a team's collection, %s goes to the team", async (request, operate) => {
  await act(async () => {
    operate();
    await vi.waitFor(() => expect(requests).not.toEqual([]));
  });

  expect(new Set(requests)).toEqual(new Set([request.replace(" ", " /api/v1/teams/engine/")]));
});

test.each<[string, () => void]>([
  ["a change", () => operations.change(one, joe)],
  ["a creation", () => operations.create(creationOf({ title: "Sweep", ...joe }, {}))],
  [
    "a change of several",
    () => operations.changeTogether({ tasks: [one], changesOf: () => joe, idempotencyKey }),
  ],
])("after %s that names an unknown member, the members are refetched", async (_, operate) => {
  const details = [{ field: "body.assignee_id", message: "No.", type: "unknown_member" }];
  const refusal = { error: "No.", code: "VALIDATION_ERROR", details, request_id: "1" };
  vi.stubGlobal("fetch", () => Promise.resolve(json(refusal, 422)));
  client.setQueryData(MEMBERS_KEY, new Map());
  await act(async () => {
    operate();
    await vi.waitFor(() => expect(client.getQueryState(MEMBERS_KEY)?.isInvalidated).toBe(true));
  });
});
