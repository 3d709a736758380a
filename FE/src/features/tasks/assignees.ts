import type { Members } from "./useMembers";

/** What a select has for nobody: it knows no null. */
export const NOBODY = "";

/** Until it is known who it is. */
export const SOMEBODY = "A member";

/** What to call whom a task can be assigned to: nobody, oneself, and then the others by name. */
export function assigneeLabels(members: Members, userId: string): Record<string, string> {
  const self = members.get(userId);
  const others = [...members.values()]
    .filter((member) => member !== self)
    .sort((one, other) => one.name.localeCompare(other.name));
  return Object.fromEntries([
    [NOBODY, "Nobody"],
    ...(self ? [[userId, `${self.name} (you)`]] : []),
    ...others.map(({ user_id, name, email }) => [
      user_id,
      isOnly(name) ? name : `${name}, ${email}`,
    ]),
  ]) as Record<string, string>;

  function isOnly(name: string): boolean {
    return [...members.values()].filter((member) => member.name === name).length === 1;
  }
}
