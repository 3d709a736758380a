import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "./client";
import type { components } from "./schema";

export type Job = components["schemas"]["OwnJobResponse"];

/** All that is known of one's own jobs: the live feed says when to ask again. */
export const jobsKey = ["jobs"] as const;

/** Where there is no feed. */
export const JOBS_POLL = 1_500;

/** A job, asked for again until it has ended. */
export function jobQuery(job_id: string) {
  return queryOptions({
    queryKey: [...jobsKey, job_id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id } }, signal })),
    refetchInterval: ({ state }) => (state.data && !isActive(state.data) ? false : JOBS_POLL),
  });
}

export function isActive({ state }: Pick<Job, "state">): boolean {
  return state === "queued" || state === "running";
}

export function useCancelJob() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (job_id: string) =>
      unwrap(api.DELETE("/api/v1/jobs/{job_id}", { params: { path: { job_id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: jobsKey }),
  });
}
