import type { Interval } from "./api/stats";

export const PERIODS = { 7: "7 days", 30: "30 days", 90: "90 days", 365: "A year" } as const;
export const INTERVALS: Record<Interval, string> = { day: "By day", week: "By week" };

type Period = keyof typeof PERIODS;

/** What the address of the page says about its charts. */
export interface StatsSearch {
  days?: Period | undefined;
  interval?: Interval | undefined;
}

/** The search of an address that anybody may have written. The router drops what is undefined. */
export function statsSearchOf({ days, interval }: Record<string, unknown>): StatsSearch {
  return {
    days: Object.hasOwn(PERIODS, String(days)) ? (Number(days) as Period) : undefined,
    interval: interval === "day" || interval === "week" ? interval : undefined,
  };
}

/** A month by day, unless something else is asked for. */
export function periodOf({ days = 30, interval = "day" }: StatsSearch) {
  return { days, interval };
}
