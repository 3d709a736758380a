import { expect, test } from "vitest";

import { statsSearchOf } from "./statsSearch";

test("valid values of a URL are kept", () => {
  expect(statsSearchOf({ days: 90, interval: "week" })).toEqual({ days: 90, interval: "week" });
  expect(statsSearchOf({ days: 5000, interval: "year", other: 1 })).toEqual({});
});
