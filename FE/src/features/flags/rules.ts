import type { Flag, FlagValue, Rule, Setting } from "./api/settings";

export const RULE_LABELS = {
  users: "For people by name",
  teams: "For members of teams",
  percentage: "For a percentage of all",
} as const;

export const STATE_LABELS: Record<Flag["state"], string> = {
  default: "Default",
  set: "Set",
  unfit: "Does not fit",
  unknown: "Unknown",
};

/** The setting that a flag's form starts with: the current one, or the default for everybody. */
export function settingOf({ rules, otherwise, default: byDefault }: Flag): Setting {
  return { rules, otherwise: otherwise ?? byDefault ?? "" };
}

/** A new rule, with a value that the others do not get. */
export function blankRule(kind: Rule["kind"], flag: Flag, setting: Setting): Rule {
  const value = otherValue(flag, setting.otherwise);
  return kind === "percentage" ? { kind, percentage: 10, value } : { kind, ids: [], value };
}

/** A sentence about who gets what. */
export function sentenceOf({ rules, otherwise }: Setting): string {
  if (rules.length === 0) return `${wordOf(otherwise)} for everybody`;
  const parts = rules.map((rule) => `${wordOf(rule.value)} for ${peopleOf(rule)}`);
  return `${parts.join(", ")}, otherwise ${wordOf(otherwise)}`;
}

export function wordOf(value: FlagValue): string {
  if (typeof value === "boolean") return value ? "On" : "Off";
  return value === "" ? "(empty)" : String(value);
}

/** The errors of a setting, by field. */
export function faultsOf({ rules }: Setting): Record<string, string> {
  return Object.fromEntries(
    rules.flatMap((rule, place) => {
      if (rule.kind === "percentage" || rule.ids.length > 0) return [];
      const message = rule.kind === "users" ? "Choose somebody" : "Name a team";
      return [[`rules.${place}.ids`, message]];
    }),
  );
}

function peopleOf(rule: Rule): string {
  if (rule.kind === "percentage") return `${rule.percentage} %`;
  const [one, many] = rule.kind === "users" ? ["person", "people"] : ["team", "teams"];
  return `${rule.ids.length} ${rule.ids.length === 1 ? one : many}`;
}

function otherValue({ variants }: Flag, value: FlagValue): FlagValue {
  if (typeof value === "boolean") return !value;
  return variants.find((variant) => variant !== value) ?? value;
}
