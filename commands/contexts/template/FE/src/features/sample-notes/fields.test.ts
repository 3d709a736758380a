import { expect, test } from "vitest";

import { draftOf } from "./fields";

test("a description that was left empty is none", () => {
  expect(draftOf({ title: "a", description: " \n" }).description).toBeNull();
  expect(draftOf({ title: "a", description: "b\n" }).description).toBe("b\n");
});
