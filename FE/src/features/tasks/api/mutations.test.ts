import type { Mutation } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { withMutations } from "./mutations";
import type { Task, TaskFilters, TaskPage } from "./tasks";

const BY_HAND = { sort_by: "position" } as TaskFilters;

function taskOf(id: string, version = 1): Task {
  return { id, version } as Task;
}

function pageOf(ids: string): TaskPage {
  return { items: Array.from(ids, (id) => taskOf(id)), next_cursor: null, total: 9 };
}

function moved(id: string, after: string | null, state: object = { status: "pending" }): Mutation {
  const variables = { task: taskOf(id), after, filters: BY_HAND };
  const options = { mutationKey: ["tasks", "move", id] };
  return { options, state: { variables, ...state } } as unknown as Mutation;
}

function deleted(id: string): Mutation {
  const options = { mutationKey: ["tasks", "delete"] };
  const state = { status: "pending", variables: { tasks: [taskOf(id)] } };
  return { options, state } as unknown as Mutation;
}

function idsWith(ids: string, mutations: Mutation[], isFirst = true, filters = BY_HAND): string {
  const page = withMutations(pageOf(ids), mutations, filters, isFirst);
  return page.items.map(({ id }) => id).join("");
}

describe("a page that was fetched while a task was moved", () => {
  it("has it where the user moved it", () => {
    expect(idsWith("abcd", [moved("a", "c")])).toBe("bcad");
    expect(idsWith("abcd", [moved("d", null)])).toBe("dabc");
    expect(idsWith("abcd", [moved("a", "b"), moved("a", "d")])).toBe("bcda");
  });

  it("has it as it was saved", () => {
    const saved = { status: "success", data: taskOf("a", 2) };
    const { items, total } = withMutations(pageOf("abc"), [moved("a", "b", saved)], BY_HAND, true);

    expect(items[1]).toEqual(taskOf("a", 2));
    expect(total).toBe(9);
  });

  it("has it once, on the page that it was moved to", () => {
    const moves = [moved("a", "e")];

    expect(idsWith("abc", moves)).toBe("bc");
    expect(idsWith("def", moves, false)).toBe("deaf");
    expect(idsWith("def", [moved("e", null)], false)).toBe("df");
  });

  it("is as the server sent it if the move failed, or was in another list", () => {
    expect(idsWith("abc", [moved("a", "c", { status: "error" })])).toBe("abc");
    expect(idsWith("abc", [moved("a", "c")], true, { sort_by: "title" })).toBe("abc");
  });

  it("omits tasks deleted meanwhile, and loses no others for it", () => {
    expect(idsWith("abc", [moved("a", "b"), deleted("a")])).toBe("bc");
    expect(idsWith("abc", [moved("a", "b"), deleted("b")])).toBe("ac");
  });
});
