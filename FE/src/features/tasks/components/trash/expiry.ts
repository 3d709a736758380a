import type { Task } from "../../api/tasks";

const DAY = 86_400_000;
const DAYS_KEPT = 30;

/** `Gone in 30 days` or, on the last one, `Gone within a day`. */
export function expiryText({ deleted_at }: Pick<Task, "deleted_at">, now: Date): string {
  const end = Date.parse(deleted_at ?? "") + DAYS_KEPT * DAY;
  const days = Math.ceil((end - now.getTime()) / DAY);
  return days <= 1 ? "Gone within a day" : `Gone in ${days} days`;
}
