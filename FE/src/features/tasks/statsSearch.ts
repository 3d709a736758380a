import type { Interval } from "./api/stats";

export const PERIODS = { 7: "7 days", 30: "30 days", 90: "90 days", 365: "A year" } as const;
export const INTERVALS: Record<Interval, string> = { day: "By day", week: "By week" };

type Period = keyof typeof PERIODS;

/** The settings of the charts in the page's URL. */
export interface StatsSearch {
  days?: Period | undefined;
  interval?: Interval | undefined;
}

/** Parse the search of a URL, which may hold anything. The router drops what is undefined. */
export function statsSearchOf({ days, interval }: Record<string, unknown>): StatsSearch {
  return {
    days: Object.hasOwn(PERIODS, String(days)) ? (Number(days) as Period) : undefined,
    interval: interval === "day" || interval === "week" ? interval : undefined,
  };
}

/** A month by day, unless the search says otherwise. */
export function periodOf({ days = 30, interval = "day" }: StatsSearch) {
  return { days, interval };
}
