import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

import { apiOf } from "./collections";
import { taskKeys } from "./tasks";

export type TaskStats = components["schemas"]["TaskStatsResponse"];
export type TaskFlow = components["schemas"]["TaskFlowResponse"];
export type Interval = components["schemas"]["Interval"];

export function taskStatsQuery() {
  const tz = timeZone();
  return queryOptions({
    queryKey: [...taskKeys.stats, tz],
    queryFn: ({ client, signal }) =>
      unwrap(apiOf(client).GET("/api/v1/tasks/stats", { params: { query: { tz } }, signal })),
  });
}

/** The tasks created, completed and left open in the days until today. */
export function taskHistoryQuery(days: number, interval: Interval) {
  const query = { days, interval, tz: timeZone() };
  return queryOptions({
    queryKey: [...taskKeys.stats, "history", query],
    queryFn: ({ client, signal }) =>
      unwrap(apiOf(client).GET("/api/v1/tasks/stats/history", { params: { query }, signal })),
    // the previous charts are shown until the next ones are loaded
    placeholderData: keepPreviousData,
  });
}

function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
