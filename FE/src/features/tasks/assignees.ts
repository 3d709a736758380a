import type { Members } from "./api/members";

/** What a select has for nobody: it knows no null. */
export const NOBODY = "";

/** Until it is known who it is. */
export const SOMEBODY = "A member";

const BY_NAME = new Intl.Collator();

const known = new WeakMap<Members, ReadonlyMap<string, string>>();

/** What to call each member, in the order of that: with the email where two have one name. */
export function labelsOf(members: Members): ReadonlyMap<string, string> {
  const labels = known.get(members) ?? labelsByName(members);
  known.set(members, labels);
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

/** What to call whom a task can be assigned to: nobody, oneself, and then the others by name. */
export function assigneeLabels(members: Members, userId: string): Record<string, string> {
  const self = members.get(userId);
  const others = [...labelsOf(members)].filter(([id]) => id !== userId);
  return Object.fromEntries([
    [NOBODY, "Nobody"],
    ...(self ? [[userId, `${self.name} (you)`]] : []),
    ...others,
  ]) as Record<string, string>;
}
