import { notifyManager, type QueryClient } from "@tanstack/react-query";

import { hasCode } from "@/lib/api/errors";
import type { Message } from "@/lib/live/stream";

import { openedClients } from "../api/collections";
import { openedClientOf } from "../api/teamCollections";
import { MEMBERS_KEY, type Task, taskKeys } from "../api/tasks";
import { TaskCaches } from "./caches";
import { changeOf, type LiveChange, LiveChanges, teamOf } from "./changes";
import { isKnown, wasDeletedHere } from "./known";
import { waitUntilQuiet } from "./waitUntilQuiet";

/** How long to collect changes, to handle them together. */
const BATCH_DELAY = 50;
/** If more tasks have changed, the lists are refetched instead. */
const MOST_READ = 20;

type Follower = (message: Message) => void;

/** Returns a listener that updates the caches of the tasks that a message of the feed concerns. */
export function followTasks(queryClient: QueryClient): Follower {
  const followers = new WeakMap<QueryClient, Follower>();
  const deliver = (client: QueryClient, message: Message) => {
    const follower = followers.get(client) ?? followCollection(client);
    followers.set(client, follower);
    follower(message);
  };
  return (message) => {
    if (message.event === "reset") {
      openedClients().forEach(dropUnused);
      [queryClient, ...openedClients()].forEach((client) => deliver(client, message));
      return;
    }
    const teamId = teamOf(message);
    const client = teamId === null ? queryClient : openedClientOf(teamId);
    if (client) deliver(client, message);
  };
}

/** Drop what is not shown: the user may have been removed from the team meanwhile. */
function dropUnused(client: QueryClient): void {
  for (const queryKey of [taskKeys.all, MEMBERS_KEY])
    client.removeQueries({ queryKey, predicate: (query) => query.getObserversCount() === 0 });
}

function followCollection(queryClient: QueryClient): Follower {
  const caches = new TaskCaches(queryClient);
  const changes = new LiveChanges();
  let isReset = false;
  let isBusy = false;

  async function handleAll(): Promise<void> {
    isBusy = true;
    while (isReset || !changes.isEmpty) {
      await waitUntilQuiet(queryClient, BATCH_DELAY);
      if (isReset) {
        isReset = false;
        await Promise.all(
          [taskKeys.all, MEMBERS_KEY].map((queryKey) =>
            queryClient.invalidateQueries({ queryKey }),
          ),
        );
      }
      const foreign = changes.take().filter((change) => !isOwn(queryClient, change));
      if (foreign.length > 0) await handleForeign(caches, foreign);
    }
    isBusy = false;
  }

  return (message) => {
    if (message.event === "reset") {
      changes.take();
      isReset = true;
    }
    if (message.event === "team.member_joined")
      void queryClient.invalidateQueries({ queryKey: MEMBERS_KEY });
    // its tasks left the lists when they were deleted
    if (message.event === "trash.emptied") caches.outdated.addFigures();
    const change = changeOf(message);
    if (change) changes.add(change);
    if (!isBusy) void handleAll();
  };
}

function isOwn(queryClient: QueryClient, { kind, id, version }: LiveChange): boolean {
  if (kind === "deleted") return wasDeletedHere(queryClient, id);
  return version !== null && isKnown(queryClient, id, version);
}

async function handleForeign(caches: TaskCaches, changes: LiveChange[]): Promise<void> {
  caches.outdated.addFigures();
  const deleted = changes.filter(({ kind }) => kind === "deleted");
  const others = changes.filter(({ kind }) => kind !== "deleted");
  notifyManager.batch(() => deleted.forEach(({ id }) => caches.remove(id)));
  if (others.length > MOST_READ || !others.every(({ id }) => caches.isShown(id)))
    caches.outdated.addLists();
  else await readAndShow(caches, others);
}

async function readAndShow(caches: TaskCaches, changes: LiveChange[]): Promise<void> {
  const outcomes = await Promise.all(
    changes.map(({ id }) => caches.read(id).catch((error: unknown) => ({ error }))),
  );
  notifyManager.batch(() => {
    changes.forEach(({ id, kind }, index) => {
      const outcome = outcomes[index] as Task | { error: unknown };
      if (!("error" in outcome)) caches.show(outcome, kind !== "changed");
      else if (hasCode<"read_task">(outcome.error, "NOT_FOUND")) caches.remove(id);
      else caches.outdated.addLists();
    });
  });
}
