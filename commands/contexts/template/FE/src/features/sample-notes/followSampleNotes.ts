import type { QueryClient } from "@tanstack/react-query";

import type { Message } from "@/lib/live/stream";

import { sampleNoteKeys } from "./api/sampleNotes";

/** What changes in quick succession is fetched once. */
const PAUSE = 1_000;

/** Returns what fetches anew what is looked at, once the feed says that it changed. */
export function followSampleNotes(queryClient: QueryClient): (message: Message) => void {
  let isDue = false;

  function fetchAnew(): void {
    isDue = false;
    void queryClient.invalidateQueries({ queryKey: sampleNoteKeys.all });
  }

  return ({ event }) => {
    const isOurs = event.startsWith("sample_note.") || event === "reset";
    if (!isOurs || isDue) return;
    isDue = true;
    setTimeout(fetchAnew, PAUSE);
  };
}
