import type { QueryClient } from "@tanstack/react-query";

import { taskKeys } from "../api/tasks";

const PAUSE = 1_000;

/** Refetches what is shown, at most once a second; the rest when it is next shown. */
export class OutdatedQueries {
  #keys = new Set<readonly unknown[]>();
  #isBusy = false;

  constructor(private readonly queryClient: QueryClient) {}

  /** The lists, and the details, which may show another version of a task. */
  addLists(): void {
    this.#add(taskKeys.lists, taskKeys.tasks);
  }

  /** The figures, the tags and the trash. */
  addFigures(): void {
    this.#add(taskKeys.stats, taskKeys.tags, taskKeys.trash);
  }

  #add(...keys: (readonly unknown[])[]): void {
    keys.forEach((key) => this.#keys.add(key));
    if (!this.#isBusy) void this.#fetchAll();
  }

  async #fetchAll(): Promise<void> {
    this.#isBusy = true;
    while (this.#keys.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      const keys = [...this.#keys];
      this.#keys.clear();
      await Promise.all(keys.map((queryKey) => this.queryClient.invalidateQueries({ queryKey })));
    }
    this.#isBusy = false;
  }
}
