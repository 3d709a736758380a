import { describe, expect, it } from "vitest";

import { strengthOf } from "./passwordStrength";

describe("strengthOf", () => {
  it("counts the missing characters", () => {
    expect(strengthOf("plum-otter")).toEqual({ score: 0, advice: "2 more characters are needed" });
  });

  it("grows with the length", () => {
    const scores = [
      "plum-otter-x",
      "plum-otter-lant",
      "plum-otter-lantern",
      "plum-otter-lantern-42",
    ];
    expect(scores.map((password) => strengthOf(password).score)).toEqual([2, 2, 3, 4]);
  });

  it("rejects what others know", () => {
    expect(strengthOf("lovelace-otter-42", ["Lovelace", "ada@example.com"]).score).toBe(1);
  });

  it("accepts short names, which are in many words", () => {
    expect(strengthOf("plum-otter-lantern-42", ["ott"]).score).toBe(4);
  });

  it("rejects repetition", () => {
    expect(strengthOf("abababababababab").score).toBe(1);
  });
});
