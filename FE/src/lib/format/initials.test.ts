import { describe, expect, it } from "vitest";

import { initialsOf } from "./initials";

describe("initials", () => {
  it("are from the first and the last word", () => {
    expect(initialsOf("Ada King Lovelace")).toBe("AL");
    expect(initialsOf("  Plato ")).toBe("P");
    expect(initialsOf("")).toBe("");
  });

  it("keep a letter whole", () => {
    expect(initialsOf("E\u0301mile Zola")).toBe("ÉZ");
    expect(initialsOf("𝒜da 𝒢race")).toBe("𝒜𝒢");
  });
});
