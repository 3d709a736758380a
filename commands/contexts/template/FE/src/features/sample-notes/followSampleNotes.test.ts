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

function receive(...events: string[]): void {
  const follow = followSampleNotes(queryClient);
  events.forEach((event) => follow({ event, id: null, data: {} }));
  vi.runAllTimers();
}

test.each(["sample_note.added", "sample_note.changed", "sample_note.deleted", "reset"])(
  "the list is fetched again after %s",
  (event) => {
    receive(event);
    expect(invalidate).toHaveBeenCalledExactlyOnceWith({ queryKey: sampleNoteKeys.all });
  },
);

test("other events are ignored", () => {
  receive("other.changed");
  expect(invalidate).not.toHaveBeenCalled();
});

test("changes in quick succession are fetched once", () => {
  receive("sample_note.added", "sample_note.changed");
  expect(invalidate).toHaveBeenCalledTimes(1);
});
