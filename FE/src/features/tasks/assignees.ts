import type { Members } from "./api/members";

/** The value of nobody in a select, which takes no null. */
export const NOBODY = "";

/** The label until the member's name is loaded. */
export const UNKNOWN_MEMBER = "A member";

const BY_NAME = new Intl.Collator();

const cache = new WeakMap<Members, ReadonlyMap<string, string>>();

/** Each member's label, in alphabetical order: with the email where two have the same name. */
export function labelsOf(members: Members): ReadonlyMap<string, string> {
  const labels = cache.get(members) ?? labelsByName(members);
  cache.set(members, labels);
  return labels;
}

function labelsByName(members: Members): Map<string, string> {
  const counts = new Map<string, number>();
  for (const { name } of members.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    [...members.values()]
      .sort((one, other) => BY_NAME.compare(one.name, other.name))
      .map(({ user_id, name, email }) => [
        user_id,
        counts.get(name) === 1 ? name : `${name}, ${email}`,
      ]),
  );
}

/** The labels of possible assignees: nobody, the user, and then the others by name. */
export function assigneeLabels(members: Members, userId: string): Record<string, string> {
  const self = members.get(userId);
  const others = [...labelsOf(members)].filter(([id]) => id !== userId);
  return Object.fromEntries([
    [NOBODY, "Nobody"],
    ...(self ? [[userId, `${self.name} (you)`]] : []),
    ...others,
  ]) as Record<string, string>;
}
