import { describe, expect, it } from "vitest";

import { expiryText } from "./expiry";

const DELETED = { deleted_at: "2030-06-01T12:00:00Z" };

describe("when a task leaves the trash", () => {
  it.each([
    ["2030-06-01T12:00:05Z", "Gone in 30 days"],
    ["2030-06-29T13:00:00Z", "Gone in 2 days"],
    ["2030-06-30T13:00:00Z", "Gone within a day"],
    ["2030-07-01T13:00:00Z", "Gone within a day"],
  ])("is shown on %s", (now, text) => {
    expect(expiryText(DELETED, new Date(now))).toBe(text);
  });
});
