import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { json } from "@/lib/api/testing/browser";

import { type TaskPages, tasksOf } from "../api/pages";
import { type Task, type TaskFilters, taskKeys, tasksQuery } from "../api/tasks";
import { followTasks } from "./followTasks";

let queryClient: QueryClient;
let follow: ReturnType<typeof followTasks>;
let emit: (event: string, id: string, version?: number | null) => void;
/** The tasks that the server has. */
let stored: Map<string, Task>;
let requests: string[];

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("BroadcastChannel", EventTarget);
  requests = [];
  stored = new Map(["a", "b", "c"].map((id) => [id, task(id)]));
  vi.stubGlobal("fetch", (request: Request) => Promise.resolve(answer(request)));
  queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  follow = followTasks(queryClient);
  emit = (event, id, version = stored.get(id)?.version ?? null) =>
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

function store(...tasks: Task[]): void {
  tasks.forEach((one) => stored.set(one.id, one));
}

function answer(request: Request): Response {
  const path = request.url.split("/api/v1/")[1] ?? "";
  requests.push(path);
  const id = /^tasks\/(\w+)$/.exec(path)?.[1];
  if (id === undefined)
    return json({ items: [...stored.values()], next_cursor: null, total: stored.size });
  const one = stored.get(id);
  if (one) return json(one);
  return json({ error: "No.", code: "NOT_FOUND", details: [], request_id: "1" }, 404);
}

/** Show a list. */
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
    store(task("a", { title: "moved", position: "z", version: 2 }));
    emit("changed", "a");
    await pass(100);

    expect(titles()).toEqual(["b", "c", "moved"]);
    expect(requests).toEqual(["tasks/a"]);
  });

  it("read a task once after several simultaneous changes", async () => {
    store(task("a", { title: "twice", version: 3 }));
    emit("changed", "a", 2);
    emit("changed", "a", 3);
    await pass(100);

    expect(requests).toEqual(["tasks/a"]);
    expect(titles()[0]).toBe("twice");
  });

  it("send no request for a version that they show", async () => {
    emit("changed", "a", 1);
    await pass(5_000);

    expect(requests).toEqual([]);
  });

  it("send no request for a change made here, although the feed reports it first", async () => {
    let save!: (saved: Task) => void;
    const saved = new Promise<Task>((resolve) => (save = resolve));
    const mutation = queryClient.getMutationCache().build(queryClient, { mutationFn: () => saved });
    void mutation.execute(undefined);
    emit("created", "d", 1);
    await pass(500);
    save(task("d"));
    await pass(5_000);

    expect(requests).toEqual([]);
  });

  it("show what was added elsewhere, and lose what was deleted", async () => {
    store(task("bb"));
    emit("created", "bb");
    emit("deleted", "c", null);
    await pass(100);

    expect(titles()).toEqual(["a", "b", "bb"]);
    expect(requests).toEqual(["tasks/bb"]);
  });

  it("lose what was deleted before it could be read", async () => {
    stored.delete("b");
    emit("changed", "b", 2);
    await pass(100);

    expect(titles()).toEqual(["a", "c"]);
  });

  it("lose what was deleted elsewhere after it was deleted here and restored", async () => {
    const mutation = queryClient.getMutationCache().build(queryClient, {
      mutationKey: taskKeys.delete,
      mutationFn: () => Promise.resolve(),
    });
    await mutation.execute({ tasks: [task("b")], idempotencyKey: "1" });
    emit("restored", "b", 3);
    store(task("b", { version: 3 }));
    await pass(100);
    expect(titles()).toContain("b");
    emit("deleted", "b", null);
    await pass(100);

    expect(titles()).toEqual(["a", "c"]);
  });

  it("are fetched once if very many tasks have changed", async () => {
    const many = Array.from({ length: 50 }, (_, number) => task(`n${number}`));
    store(...many);
    many.forEach(({ id }) => emit("created", id));
    await pass(5_000);

    expect(requests).toHaveLength(1);
    expect(titles()).toHaveLength(53);
  });

  it("are refetched where only the server knows what matches", async () => {
    await watch({ q: "word" });
    requests = [];
    emit("changed", "a", 2);
    store(task("a", { version: 2 }));
    await pass(5_000);

    expect(requests[0]).toBe("tasks/a");
    expect(requests.some((path) => path.includes("q=word"))).toBe(true);
  });

  it("are refetched after a reset", async () => {
    store(task("d"));
    followTasks(queryClient)({ event: "reset", id: null, data: null });
    await pass(100);

    expect(requests).toHaveLength(1);
    expect(titles()).toEqual(["a", "b", "c", "d"]);
  });

  it("ignore a team's tasks, which are another collection", async () => {
    for (const event of ["task.created", "task.deleted", "trash.emptied"])
      follow({ event, id: "cursor", data: { id: "a", version: null, team_id: "team" } });
    await pass(100);

    expect(titles()).toEqual(["a", "b", "c"]);
    expect(requests).toEqual([]);
  });

  it("ignore other events", async () => {
    followTasks(queryClient)({ event: "job.changed", id: null, data: { id: "a", version: 9 } });
    await pass(5_000);

    expect(requests).toEqual([]);
  });
});

describe("the trash", () => {
  it("is refetched when it was emptied elsewhere", async () => {
    const query = { queryKey: taskKeys.trash, queryFn: () => [] };
    await queryClient.query(query);
    followTasks(queryClient)({ event: "trash.emptied", id: null, data: null });
    await pass(5_000);

    expect(queryClient.getQueryState(taskKeys.trash)?.isInvalidated).toBe(true);
    expect(requests).toEqual([]);
  });
});

describe("a hidden page", () => {
  it("reads changes when it is visible again", async () => {
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    store(task("a", { title: "new", version: 2 }));
    emit("changed", "a");
    await pass(60_000);
    expect(requests).toEqual([]);

    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(10);
    expect(titles()[0]).toBe("new");
  });
});
