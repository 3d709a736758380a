import { expect, test } from "vitest";

import { draftOf, EMPTY } from "./fields";

test("an empty description becomes null", () => {
  expect(draftOf({ ...EMPTY, description: " \n" }).description).toBeNull();
  expect(draftOf({ ...EMPTY, description: "b\n" }).description).toBe("b\n");
});
