import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "./live/stream";

/** Returns what has jobs read again of which the feed tells; their key is that of `lib/api/jobs`. */
export function followJobs(queryClient: QueryClient): (message: Message) => void {
  return ({ event }) => {
    if (event === "reset" || event.startsWith("job."))
      void queryClient.invalidateQueries({ queryKey: ["jobs"] });
  };
}
