import type { QueryClient } from "@tanstack/react-query";

import { jobsKey, keepJobsIn } from "@/lib/jobs";
import type { Message } from "@/lib/live/stream";

/** Returns what has jobs read again of which the feed tells. */
export function followJobs(queryClient: QueryClient): (message: Message) => void {
  keepJobsIn(queryClient);
  return ({ event }) => {
    if (event === "reset" || event.startsWith("job."))
      void queryClient.invalidateQueries({ queryKey: jobsKey });
  };
}
