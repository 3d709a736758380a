import { describe, expect, it } from "vitest";

import { mayChangeMember, rolesToGive } from "./roles";

describe("the roles that a member may give", () => {
  it("are none above their own role", () => {
    expect(rolesToGive("admin").map(({ value }) => value)).toEqual(["viewer", "member", "admin"]);
    expect(rolesToGive("owner").map(({ value }) => value)).toContain("owner");
  });

  it("are none at all below an admin", () => {
    expect(rolesToGive("member")).toEqual([]);
    expect(rolesToGive("viewer")).toEqual([]);
  });
});

describe("another member", () => {
  it("is changed by an admin, unless it is an owner", () => {
    expect(mayChangeMember("admin", "admin")).toBe(true);
    expect(mayChangeMember("admin", "owner")).toBe(false);
    expect(mayChangeMember("owner", "owner")).toBe(true);
  });

  it("is not changed by a plain member", () => {
    expect(mayChangeMember("member", "viewer")).toBe(false);
  });
});
