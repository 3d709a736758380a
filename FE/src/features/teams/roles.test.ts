import { describe, expect, it } from "vitest";

import { mayTouch, rolesToGive } from "./roles";

describe("the roles that a member may give", () => {
  it("are none above the own one", () => {
    expect(rolesToGive("admin").map(({ value }) => value)).toEqual(["viewer", "member", "admin"]);
    expect(rolesToGive("owner").map(({ value }) => value)).toContain("owner");
  });

  it("are none at all below an admin", () => {
    expect(rolesToGive("member")).toEqual([]);
    expect(rolesToGive("viewer")).toEqual([]);
  });
});

describe("another member", () => {
  it("is touched by an admin, unless it is an owner", () => {
    expect(mayTouch("admin", "admin")).toBe(true);
    expect(mayTouch("admin", "owner")).toBe(false);
    expect(mayTouch("owner", "owner")).toBe(true);
  });

  it("is not touched by who only takes part", () => {
    expect(mayTouch("member", "viewer")).toBe(false);
  });
});
