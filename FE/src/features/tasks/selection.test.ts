import { describe, expect, it } from "vitest";

import { NOTHING, toggled, toggledAll } from "./selection";

const order = ["a", "b", "c", "d", "e"];
const one = { order, toAnchor: false };
const range = { order, toAnchor: true };

describe("a selection", () => {
  it("gains an item and loses it again", () => {
    const selected = toggled(NOTHING, "b", one);

    expect([...selected.ids]).toEqual(["b"]);
    expect([...toggled(selected, "b", one).ids]).toEqual([]);
  });

  it("extends from the previous item, in either direction", () => {
    const from = (first: string, last: string) =>
      [...toggled(toggled(NOTHING, first, one), last, range).ids].sort();

    expect(from("b", "d")).toEqual(["b", "c", "d"]);
    expect(from("d", "b")).toEqual(["b", "c", "d"]);
  });

  it("loses a range that ends at a selected item", () => {
    const all = toggledAll(NOTHING, order);
    const selected = toggled(toggled(all, "b", one), "d", range);

    expect([...selected.ids]).toEqual(["a", "e"]);
  });

  it("gains one item if the list no longer has the previous one", () => {
    const selected = toggled({ ids: new Set(["gone"]), anchor: "gone" }, "c", range);

    expect([...selected.ids]).toEqual(["gone", "c"]);
  });

  it("has all of a list, then none", () => {
    const all = toggledAll(toggled(NOTHING, "c", one), order);

    expect([...all.ids]).toEqual(order);
    expect(toggledAll(all, order).ids.size).toBe(0);
  });
});
