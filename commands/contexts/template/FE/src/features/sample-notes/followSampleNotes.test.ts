import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { sampleNoteKeys } from "./api/sampleNotes";
import { followSampleNotes } from "./followSampleNotes";

const queryClient = new QueryClient();
const invalidate = vi.spyOn(queryClient, "invalidateQueries");

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  invalidate.mockClear();
});

function hear(...events: string[]): void {
  const follow = followSampleNotes(queryClient);
  events.forEach((event) => follow({ event, id: null, data: {} }));
  vi.runAllTimers();
}

test.each(["sample_note.added", "sample_note.changed", "sample_note.deleted", "reset"])(
  "after %s the list is fetched anew",
  (event) => {
    hear(event);
    expect(invalidate).toHaveBeenCalledExactlyOnceWith({ queryKey: sampleNoteKeys.all });
  },
);

test("what concerns something else is nothing to fetch", () => {
  hear("other.changed");
  expect(invalidate).not.toHaveBeenCalled();
});

test("what comes together is fetched once", () => {
  hear("sample_note.added", "sample_note.changed");
  expect(invalidate).toHaveBeenCalledTimes(1);
});
