import { describe, expect, it } from "vitest";

import { strengthOf } from "./passwordStrength";

describe("strengthOf", () => {
  it("says how much is missing", () => {
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

  it("does not take what others know", () => {
    expect(strengthOf("lovelace-otter-42", ["Lovelace", "ada@example.com"]).score).toBe(1);
  });

  it("takes short names, which are in many words", () => {
    expect(strengthOf("plum-otter-lantern-42", ["ott"]).score).toBe(4);
  });

  it("does not take repetition", () => {
    expect(strengthOf("abababababababab").score).toBe(1);
  });
});
