import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "@/lib/live/stream";

import { sampleNoteKeys } from "./api/sampleNotes";

/** Milliseconds in which several changes are fetched once. */
const PAUSE = 1_000;

/** Returns a listener that refetches when the feed reports a change. */
export function followSampleNotes(queryClient: QueryClient): (message: Message) => void {
  let isScheduled = false;

  function refetch(): void {
    isScheduled = false;
    void queryClient.invalidateQueries({ queryKey: sampleNoteKeys.all });
  }

  return ({ event }) => {
    const isOurs = event.startsWith("sample_note.") || event === "reset";
    if (!isOurs || isScheduled) return;
    isScheduled = true;
    setTimeout(refetch, PAUSE);
  };
}
