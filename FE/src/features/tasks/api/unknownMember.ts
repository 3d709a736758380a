import type { QueryClient } from "@tanstack/react-query";

import { ApiError } from "@/lib/api/errors";

import { MEMBERS_KEY } from "./tasks";

/** Who was offered as an assignee may have left the team: then its members are read again. */
export function readMembersAfter(error: Error, queryClient: QueryClient): void {
  const refusal = error instanceof ApiError ? error : error.cause;
  if (refusal instanceof ApiError && refusal.details.some(({ type }) => type === "unknown_member"))
    void queryClient.invalidateQueries({ queryKey: MEMBERS_KEY });
}
