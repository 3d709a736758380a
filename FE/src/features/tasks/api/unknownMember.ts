import type { QueryClient } from "@tanstack/react-query";

import { ApiError } from "@/lib/api/errors";

import { MEMBERS_KEY } from "./tasks";

/** Refetch the members if an error says that an offered assignee has left the team. */
export function refetchMembersAfter(error: Error, queryClient: QueryClient): void {
  const refusal = error instanceof ApiError ? error : error.cause;
  if (refusal instanceof ApiError && refusal.details.some(({ type }) => type === "unknown_member"))
    void queryClient.invalidateQueries({ queryKey: MEMBERS_KEY });
}
