import type { QueryClient } from "@tanstack/react-query";

import { jobsKey, keepJobsIn } from "@/lib/jobs";
import type { Message } from "@/lib/live/stream";

/** Returns a listener that refetches jobs when the feed reports a change. */
export function followJobs(queryClient: QueryClient): (message: Message) => void {
  keepJobsIn(queryClient);
  return ({ event }) => {
    if (event === "reset" || event.startsWith("job."))
      void queryClient.invalidateQueries({ queryKey: jobsKey });
  };
}
