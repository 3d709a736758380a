import {
  type QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";

import { api, unwrap } from "./api/client";
import type { components } from "./api/schema";

export type Job = components["schemas"]["OwnJobResponse"];

/** The prefix of every query key for the user's own jobs. */
export const jobsKey = ["jobs"] as const;

/** Milliseconds between polls, where there is no feed. */
export const JOBS_POLL = 1_500;

const LISTED = 10;

let shared: QueryClient | undefined;

/** Keep jobs in this client, which the live feed updates, also on the pages of a team. */
export function keepJobsIn(queryClient: QueryClient): void {
  shared = queryClient;
}

/** The newest jobs, polled while one is active. */
export const jobsQuery = queryOptions({
  queryKey: [...jobsKey, "newest"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/jobs", { params: { query: { limit: LISTED } }, signal })),
  refetchInterval: ({ state }) => (state.data?.items.some(isActive) ? JOBS_POLL : false),
});

/** A job, polled until it has ended; `undefined` until it is loaded. */
export function useJob(id: string | undefined): Job | undefined {
  const { data } = useQuery(
    {
      queryKey: [...jobsKey, id],
      queryFn: ({ signal }) =>
        unwrap(
          api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: id ?? "" } }, signal }),
        ),
      enabled: id !== undefined,
      refetchInterval: ({ state }) => (state.data && !isActive(state.data) ? false : JOBS_POLL),
    },
    shared,
  );
  return data;
}

export function isActive({ state }: Pick<Job, "state">): boolean {
  return state === "queued" || state === "running";
}

export function useCancelJob() {
  const contextClient = useQueryClient();
  return useMutation({
    mutationFn: (job_id: string) =>
      unwrap(api.DELETE("/api/v1/jobs/{job_id}", { params: { path: { job_id } } })),
    onSettled: () => (shared ?? contextClient).invalidateQueries({ queryKey: jobsKey }),
  });
}
