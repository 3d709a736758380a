import { expect, test } from "vitest";

import { draftOf, EMPTY } from "./fields";

test("a description that was left empty is none", () => {
  expect(draftOf({ ...EMPTY, description: " \n" }).description).toBeNull();
  expect(draftOf({ ...EMPTY, description: "b\n" }).description).toBe("b\n");
});
