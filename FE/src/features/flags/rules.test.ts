import { describe, expect, it } from "vitest";

import type { Flag, Rule } from "./api/settings";
import { blankRule, faultsOf, sentenceOf, settingOf } from "./rules";

const FLAG: Flag = {
  name: "trial",
  state: "default",
  context: "tasks",
  about: "A trial",
  kind: "boolean",
  default: false,
  variants: [],
  rules: [],
  otherwise: null,
  version: 1,
  changed_at: null,
  changed_by: null,
};
const BY_NAME: Rule = { kind: "users", ids: ["a"], value: true };
const BY_TEAM: Rule = { kind: "teams", ids: ["a", "b"], value: true };
const TENTH: Rule = { kind: "percentage", percentage: 10, value: true };

describe("a setting in words", () => {
  it("says who gets what, in the order of the rules", () => {
    expect(sentenceOf({ rules: [BY_NAME, BY_TEAM, TENTH], otherwise: false })).toBe(
      "On for 1 person, On for 2 teams, On for 10 %, otherwise Off",
    );
  });

  it("is short where everybody gets the same", () => {
    expect(sentenceOf({ rules: [], otherwise: "board" })).toBe("board for everybody");
  });
});

describe("a flag that is opened", () => {
  it("begins with its default, where nothing is set", () => {
    expect(settingOf(FLAG)).toEqual({ rules: [], otherwise: false });
  });

  it("begins with what is set", () => {
    expect(settingOf({ ...FLAG, rules: [TENTH], otherwise: true })).toEqual({
      rules: [TENTH],
      otherwise: true,
    });
  });
});

describe("a rule that is added", () => {
  it("gives what the others do not get", () => {
    const setting = settingOf(FLAG);
    const chosen: Flag = { ...FLAG, kind: "string", default: "list", variants: ["list", "board"] };

    expect(blankRule("percentage", FLAG, setting)).toEqual(TENTH);
    expect(blankRule("users", chosen, settingOf(chosen))).toMatchObject({ value: "board" });
  });

  it("is not saved before it names a user or a team", () => {
    const rules: Rule[] = [TENTH, { ...BY_NAME, ids: [] }, { ...BY_TEAM, ids: [] }];

    expect(Object.keys(faultsOf({ rules, otherwise: false }))).toEqual([
      "rules.1.ids",
      "rules.2.ids",
    ]);
  });
});
