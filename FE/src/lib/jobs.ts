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

/** Every key of what is asked about one's own jobs begins so. */
export const jobsKey = ["jobs"] as const;

/** Where there is no feed. */
export const JOBS_POLL = 1_500;

const LISTED = 10;

let shared: QueryClient | undefined;

/** Keeps jobs in this client, which the live feed keeps up to date, also on the pages of a team. */
export function keepJobsIn(queryClient: QueryClient): void {
  shared = queryClient;
}

/** The newest, asked for again while one goes on. */
export const jobsQuery = queryOptions({
  queryKey: [...jobsKey, "newest"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/jobs", { params: { query: { limit: LISTED } }, signal })),
  refetchInterval: ({ state }) => (state.data?.items.some(isActive) ? JOBS_POLL : false),
});

/** A job, asked for again until it has ended; `undefined` until it is known. */
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
  const around = useQueryClient();
  return useMutation({
    mutationFn: (job_id: string) =>
      unwrap(api.DELETE("/api/v1/jobs/{job_id}", { params: { path: { job_id } } })),
    onSettled: () => (shared ?? around).invalidateQueries({ queryKey: jobsKey }),
  });
}
