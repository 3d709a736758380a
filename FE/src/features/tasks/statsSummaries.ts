import type { Interval, TaskFlow } from "./api/stats";

/** `3 Dec`, or `3 Dec 2025` where the year is not this one. */
export function dateLabel(date: string, now: Date): string {
  const day = new Date(`${date}T00:00`);
  return day.toLocaleDateString(undefined, {
    day: "numeric",
    month: "short",
    ...(day.getFullYear() !== now.getFullYear() && { year: "numeric" }),
  });
}

/** A sentence that summarizes the chart of the throughput. */
export function throughputSummary(flows: TaskFlow[], interval: Interval, now: Date): string {
  const created = sumOf(flows, "created");
  const completed = sumOf(flows, "completed");
  const total = `${created} created, ${completed} completed.`;
  const best = flows.reduce((most, flow) => (flow.completed > most.completed ? flow : most));
  if (best.completed === 0) return total;
  const when = interval === "week" ? "in the week of" : "on";
  return `${total} Most were completed ${when} ${dateLabel(best.date, now)}: ${best.completed}.`;
}

/** A sentence that summarizes the chart of the open tasks. */
export function openSummary(flows: TaskFlow[]): string {
  const before = flows[0]?.open ?? 0;
  const now = flows.at(-1)?.open ?? 0;
  const change = now - before;
  if (change === 0) return `${now} open, as many as at the beginning.`;
  return `${now} open, ${Math.abs(change)} ${change > 0 ? "more" : "fewer"} than at the beginning.`;
}

/** Whether there was no task, and nothing happened. */
export function isEmpty(flows: TaskFlow[]): boolean {
  return flows.every(
    ({ created, completed, open, done }) => created + completed + open + done === 0,
  );
}

function sumOf(flows: TaskFlow[], name: "created" | "completed"): number {
  return flows.reduce((sum, flow) => sum + flow[name], 0);
}
