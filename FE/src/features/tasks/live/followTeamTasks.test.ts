import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { tellLeft } from "@/lib/departures";
import { json } from "@/lib/api/testing/browser";

import { clientOfTeam } from "../api/teamCollections";
import { type TaskPages, tasksOf } from "../api/pages";
import { MEMBERS_KEY, type Task, taskKeys, tasksQuery } from "../api/tasks";
import { followTasks } from "./followTasks";

let own: QueryClient;
let team: QueryClient;
let follow: ReturnType<typeof followTasks>;
let requests: string[] = [];
/** The titles that the server holds of every task. */
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

async function tell(event: string, data: object): Promise<void> {
  follow({ event, id: "cursor", data });
  await vi.advanceTimersByTimeAsync(100);
}

test("a change of a team's task is read where the team's tasks are, and shown there alone", async () => {
  title = "second";
  await tell("task.changed", { id: "a", version: 2, team_id: "engine" });

  expect(requests).toEqual(["teams/engine/tasks/a"]);
  expect([titles(team), titles(own)]).toEqual([["second"], ["first"]]);
});

test("a change of one's own task is not looked for in a team", async () => {
  title = "second";
  await tell("task.changed", { id: "a", version: 2, team_id: null });

  expect(requests).toEqual(["tasks/a"]);
  expect([titles(team), titles(own)]).toEqual([["first"], ["second"]]);
});

test("nothing is asked for a team at whose tasks nobody has looked", async () => {
  await tell("task.changed", { id: "a", version: 2, team_id: "unseen" });

  expect(requests).toEqual([]);
});

test("who has joined a team can be assigned its tasks", async () => {
  for (const client of [own, team]) client.setQueryData(MEMBERS_KEY, new Map());
  await tell("team.member_joined", { id: "engine", version: null, team_id: "engine" });

  expect([own, team].map((client) => client.getQueryState(MEMBERS_KEY)?.isInvalidated)).toEqual([
    false,
    true,
  ]);
  expect(requests).toEqual([]);
});

test("where the feed has lost its place, each collection is fetched anew", async () => {
  await tell("reset", {});

  expect(requests.sort()).toEqual(["tasks", "teams/engine/tasks"]);
});

test("where the feed has lost its place, what nobody looks at is not kept", async () => {
  const shown = taskKeys.list({});
  team.setQueryData(taskKeys.list({ q: "oil" }), team.getQueryData(shown));
  team.setQueryData(MEMBERS_KEY, new Map());
  own.setQueryData(taskKeys.stats, {});
  await tell("reset", {});

  expect(
    team
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey),
  ).toEqual([shown]);
  expect(own.getQueryData(taskKeys.stats)).toBeDefined();
});

test("what one has seen of a team is gone as soon as one is in it no more", async () => {
  vi.stubGlobal("fetch", () => new Promise(() => undefined));
  tellLeft("engine");
  await vi.advanceTimersByTimeAsync(0);

  expect([titles(team), titles(own)]).toEqual([undefined, ["first"]]);
});
