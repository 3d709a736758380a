import { describe, expect, it } from "vitest";

import type { Task } from "./api/tasks";
import { commonOf, withoutTags, withTags } from "./bulk";

function task(fields: Partial<Task>): Task {
  return fields as Task;
}

describe("a change of several tasks", () => {
  it("adds tags that a task does not have yet", () => {
    expect(withTags(["b", "c"])(task({ tags: ["a", "b"] }))).toEqual({ tags: ["a", "b", "c"] });
  });

  it("removes tags that a task has", () => {
    expect(withoutTags(["b", "c"])(task({ tags: ["a", "b"] }))).toEqual({ tags: ["a"] });
  });
});

describe("the common value", () => {
  it("is the one that all have", () => {
    const tasks = [task({ status: "done" }), task({ status: "done" })];

    expect(commonOf(tasks, ({ status }) => status)).toBe("done");
  });

  it("is none where they differ", () => {
    const tasks = [task({ status: "done" }), task({ status: "todo" })];

    expect(commonOf(tasks, ({ status }) => status)).toBeNull();
  });
});
