import type { Query, QueryClient } from "@tanstack/react-query";

import { withPendingChanges } from "../api/mutations";
import type { TaskPages } from "../api/pages";
import { readTask } from "../api/task";
import { type Task, type TaskFilters, taskKeys } from "../api/tasks";
import { markChanged } from "../marks";
import { OutdatedQueries } from "./outdated";
import { type Placed, withoutDeleted, withTaskInPlace } from "./place";

/** Updates the cached tasks with the changes of other users and tabs. */
export class TaskCaches {
  readonly outdated: OutdatedQueries;

  constructor(private readonly queryClient: QueryClient) {
    this.outdated = new OutdatedQueries(queryClient);
  }

  /** Whether a list or this task is shown. */
  isShown(id: string): boolean {
    return [...this.#lists, ...this.#details(id)].some((query) => query.isActive());
  }

  read(id: string): Promise<Task> {
    return readTask(this.queryClient, id);
  }

  show(task: Task, isAdded: boolean): void {
    const now = new Date();
    const latest = withPendingChanges(this.queryClient, task, null);
    markChanged(task.id);
    for (const query of this.#lists) {
      const filters = query.queryKey[taskKeys.lists.length] as TaskFilters;
      this.#update(query, (list) => withTaskInPlace(list, latest, { filters, isAdded, now }));
    }
    for (const query of this.#details(task.id)) {
      const isFetched = query.state.fetchStatus !== "idle";
      if (query.state.data !== undefined) query.setData(latest);
      if (isFetched) this.outdated.addLists();
    }
  }

  remove(id: string): void {
    for (const query of this.#lists) this.#update(query, (list) => withoutDeleted(list, id));
    // open details then show that it is gone
    void this.queryClient.resetQueries({ queryKey: taskKeys.task(id) });
  }

  #update(query: Query, update: (list: TaskPages) => Placed): void {
    const before = query.state;
    if (before.data === undefined) return;
    const { list, sure } = update(before.data as TaskPages);
    if (list !== before.data) {
      const updatedAt = before.dataUpdatedAt;
      this.queryClient.setQueryData(query.queryKey, list, { updatedAt });
    }
    if (before.isInvalidated || sure === "tasks") query.invalidate();
    // a pending response may lack the change
    if (sure === "nothing" || before.fetchStatus !== "idle") this.outdated.addLists();
  }

  get #lists(): Query[] {
    return this.queryClient.getQueryCache().findAll({ queryKey: taskKeys.lists });
  }

  #details(id: string): Query[] {
    return this.queryClient.getQueryCache().findAll({ queryKey: taskKeys.task(id) });
  }
}
