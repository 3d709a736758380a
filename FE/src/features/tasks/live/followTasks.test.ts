import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { json } from "@/lib/api/testing/browser";

import { type TaskPages, tasksOf } from "../api/pages";
import { type Task, type TaskFilters, taskKeys, tasksQuery } from "../api/tasks";
import { followTasks } from "./followTasks";

let queryClient: QueryClient;
let follow: ReturnType<typeof followTasks>;
let tell: (event: string, id: string, version?: number | null) => void;
/** What the server holds. */
let held: Map<string, Task>;
let requests: string[];

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("BroadcastChannel", EventTarget);
  requests = [];
  held = new Map(["a", "b", "c"].map((id) => [id, task(id)]));
  vi.stubGlobal("fetch", (request: Request) => Promise.resolve(answer(request)));
  queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  follow = followTasks(queryClient);
  tell = (event, id, version = held.get(id)?.version ?? null) =>
    follow({ event: `task.${event}`, id: "cursor", data: { id, version } });
  await watch({ sort_by: "position" });
  requests = [];
});

afterEach(() => {
  queryClient.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function task(id: string, fields: Partial<Task> = {}): Task {
  return { id, title: id, position: id, version: 1, status: "todo", tags: [], ...fields } as Task;
}

function hold(...tasks: Task[]): void {
  tasks.forEach((one) => held.set(one.id, one));
}

function answer(request: Request): Response {
  const path = request.url.split("/api/v1/")[1] ?? "";
  requests.push(path);
  const id = /^tasks\/(\w+)$/.exec(path)?.[1];
  if (id === undefined)
    return json({ items: [...held.values()], next_cursor: null, total: held.size });
  const one = held.get(id);
  if (one) return json(one);
  return json({ error: "No.", code: "NOT_FOUND", details: [], request_id: "1" }, 404);
}

/** Look at a list. */
async function watch(filters: TaskFilters): Promise<void> {
  new InfiniteQueryObserver(queryClient, tasksQuery(filters)).subscribe(() => undefined);
  await pass(0);
}

async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

function titles(filters: TaskFilters = { sort_by: "position" }): string[] {
  const list = queryClient.getQueryData<TaskPages>(taskKeys.list(filters));
  return list ? tasksOf(list).map(({ title }) => title) : [];
}

describe("the lists", () => {
  it("show what was changed elsewhere, in its place, after one request", async () => {
    hold(task("a", { title: "moved", position: "z", version: 2 }));
    tell("changed", "a");
    await pass(100);

    expect(titles()).toEqual(["b", "c", "moved"]);
    expect(requests).toEqual(["tasks/a"]);
  });

  it("ask once for several changes of a task that come together", async () => {
    hold(task("a", { title: "twice", version: 3 }));
    tell("changed", "a", 2);
    tell("changed", "a", 3);
    await pass(100);

    expect(requests).toEqual(["tasks/a"]);
    expect(titles()[0]).toBe("twice");
  });

  it("ask nothing for a version that they show", async () => {
    tell("changed", "a", 1);
    await pass(5_000);

    expect(requests).toEqual([]);
  });

  it("ask nothing for what was done here, although the feed tells it first", async () => {
    let save!: (saved: Task) => void;
    const saved = new Promise<Task>((resolve) => (save = resolve));
    const mutation = queryClient.getMutationCache().build(queryClient, { mutationFn: () => saved });
    void mutation.execute(undefined);
    tell("created", "d", 1);
    await pass(500);
    save(task("d"));
    await pass(5_000);

    expect(requests).toEqual([]);
  });

  it("show what was added elsewhere, and lose what was deleted", async () => {
    hold(task("bb"));
    tell("created", "bb");
    tell("deleted", "c", null);
    await pass(100);

    expect(titles()).toEqual(["a", "b", "bb"]);
    expect(requests).toEqual(["tasks/bb"]);
  });

  it("lose what was deleted before it could be read", async () => {
    held.delete("b");
    tell("changed", "b", 2);
    await pass(100);

    expect(titles()).toEqual(["a", "c"]);
  });

  it("lose what was deleted elsewhere after it was deleted here and restored", async () => {
    const mutation = queryClient.getMutationCache().build(queryClient, {
      mutationKey: taskKeys.delete,
      mutationFn: () => Promise.resolve(),
    });
    await mutation.execute({ tasks: [task("b")], idempotencyKey: "1" });
    tell("restored", "b", 3);
    hold(task("b", { version: 3 }));
    await pass(100);
    expect(titles()).toContain("b");
    tell("deleted", "b", null);
    await pass(100);

    expect(titles()).toEqual(["a", "c"]);
  });

  it("are fetched once if very many tasks have changed", async () => {
    const many = Array.from({ length: 50 }, (_, number) => task(`n${number}`));
    hold(...many);
    many.forEach(({ id }) => tell("created", id));
    await pass(5_000);

    expect(requests).toHaveLength(1);
    expect(titles()).toHaveLength(53);
  });

  it("are fetched anew where only the server knows what matches", async () => {
    await watch({ q: "word" });
    requests = [];
    tell("changed", "a", 2);
    hold(task("a", { version: 2 }));
    await pass(5_000);

    expect(requests[0]).toBe("tasks/a");
    expect(requests.some((path) => path.includes("q=word"))).toBe(true);
  });

  it("are fetched anew after a reset", async () => {
    hold(task("d"));
    followTasks(queryClient)({ event: "reset", id: null, data: null });
    await pass(100);

    expect(requests).toHaveLength(1);
    expect(titles()).toEqual(["a", "b", "c", "d"]);
  });

  it("know nothing of a team's tasks, which are another collection", async () => {
    for (const event of ["task.created", "task.deleted", "trash.emptied"])
      follow({ event, id: "cursor", data: { id: "a", version: null, team_id: "team" } });
    await pass(100);

    expect(titles()).toEqual(["a", "b", "c"]);
    expect(requests).toEqual([]);
  });

  it("know nothing of other events", async () => {
    followTasks(queryClient)({ event: "job.changed", id: null, data: { id: "a", version: 9 } });
    await pass(5_000);

    expect(requests).toEqual([]);
  });
});

describe("the trash", () => {
  it("is fetched anew when it was emptied elsewhere", async () => {
    const query = { queryKey: taskKeys.trash, queryFn: () => [] };
    await queryClient.query(query);
    followTasks(queryClient)({ event: "trash.emptied", id: null, data: null });
    await pass(5_000);

    expect(queryClient.getQueryState(taskKeys.trash)?.isInvalidated).toBe(true);
    expect(requests).toEqual([]);
  });
});

describe("a page out of sight", () => {
  it("asks when it is looked at again", async () => {
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    hold(task("a", { title: "new", version: 2 }));
    tell("changed", "a");
    await pass(60_000);
    expect(requests).toEqual([]);

    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(10);
    expect(titles()[0]).toBe("new");
  });
});
