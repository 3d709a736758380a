import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { reportTeamLeft } from "@/lib/departures";
import { json } from "@/lib/api/testing/browser";

import { clientOfTeam } from "../api/teamCollections";
import { type TaskPages, tasksOf } from "../api/pages";
import { MEMBERS_KEY, type Task, taskKeys, tasksQuery } from "../api/tasks";
import { followTasks } from "./followTasks";

let own: QueryClient;
let team: QueryClient;
let follow: ReturnType<typeof followTasks>;
let requests: string[] = [];
/** The title that the server has for every task. */
let title: string;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("BroadcastChannel", EventTarget);
  vi.stubGlobal("fetch", (request: Request) => Promise.resolve(answer(request)));
  title = "first";
  own = new QueryClient();
  team = clientOfTeam("engine");
  follow = followTasks(own);
  for (const client of [own, team])
    new InfiniteQueryObserver(client, tasksQuery({})).subscribe(() => undefined);
  await vi.advanceTimersByTimeAsync(0);
  requests = [];
});

afterEach(() => {
  own.clear();
  team.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function answer(request: Request): Response {
  const [path = ""] = (request.url.split("/api/v1/")[1] ?? "").split("?");
  requests.push(path);
  const task = { id: "a", title, version: title === "first" ? 1 : 2, status: "todo", tags: [] };
  return json(path.endsWith("/a") ? task : { items: [task], next_cursor: null, total: 1 });
}

function titles(client: QueryClient): string[] | undefined {
  const list = client.getQueryData<TaskPages>(taskKeys.list({}));
  return list && tasksOf(list).map((task: Task) => task.title);
}

async function emit(event: string, data: object): Promise<void> {
  follow({ event, id: "cursor", data });
  await vi.advanceTimersByTimeAsync(100);
}

test("a change of a team's task is read and shown only in the team's collection", async () => {
  title = "second";
  await emit("task.changed", { id: "a", version: 2, team_id: "engine" });

  expect(requests).toEqual(["teams/engine/tasks/a"]);
  expect([titles(team), titles(own)]).toEqual([["second"], ["first"]]);
});

test("a change of the user's own task is not read from a team", async () => {
  title = "second";
  await emit("task.changed", { id: "a", version: 2, team_id: null });

  expect(requests).toEqual(["tasks/a"]);
  expect([titles(team), titles(own)]).toEqual([["first"], ["second"]]);
});

test("no request is sent for a team whose tasks were never opened", async () => {
  await emit("task.changed", { id: "a", version: 2, team_id: "unseen" });

  expect(requests).toEqual([]);
});

test("a new member of a team can be assigned its tasks", async () => {
  for (const client of [own, team]) client.setQueryData(MEMBERS_KEY, new Map());
  await emit("team.member_joined", { id: "engine", version: null, team_id: "engine" });

  expect([own, team].map((client) => client.getQueryState(MEMBERS_KEY)?.isInvalidated)).toEqual([
    false,
    true,
  ]);
  expect(requests).toEqual([]);
});

test("after a reset of the feed each collection is refetched", async () => {
  await emit("reset", {});

  expect(requests.sort()).toEqual(["tasks", "teams/engine/tasks"]);
});

test("after a reset of the feed unused data of teams is dropped", async () => {
  const shown = taskKeys.list({});
  team.setQueryData(taskKeys.list({ q: "oil" }), team.getQueryData(shown));
  team.setQueryData(MEMBERS_KEY, new Map());
  own.setQueryData(taskKeys.stats, {});
  await emit("reset", {});

  expect(
    team
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey),
  ).toEqual([shown]);
  expect(own.getQueryData(taskKeys.stats)).toBeDefined();
});

test("the data of a team is dropped as soon as the user has left it", async () => {
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
  reportTeamLeft("engine");
  await vi.advanceTimersByTimeAsync(0);

  expect([titles(team), titles(own)]).toEqual([undefined, ["first"]]);
});
