import {
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";

import { api, ifMatch, unwrap } from "@/lib/api/client";
import type { components } from "@/lib/api/schema";

export type SampleNote = components["schemas"]["SampleNoteResponse"];
export type SampleNoteDraft = components["schemas"]["AddSampleNoteRequest"];
type SampleNoteChanges = components["schemas"]["ChangeSampleNoteRequest"];

const PAGE = 50;

/** The query keys of this feature. */
export const sampleNoteKeys = {
  all: ["sample-notes"] as const,
  list: ["sample-notes", "list"] as const,
  one: (id: string) => ["sample-notes", "one", id] as const,
};

/** The newest first, page by page. */
export const sampleNotesQuery = infiniteQueryOptions({
  queryKey: sampleNoteKeys.list,
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/sample-notes", {
        params: { query: { limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
        signal,
      }),
    ),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.next_cursor,
});

export function sampleNoteQuery(id: string) {
  return queryOptions({
    queryKey: sampleNoteKeys.one(id),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/sample-notes/{sample_note_id}", {
          params: { path: { sample_note_id: id } },
          signal,
        }),
      ),
  });
}

interface Creation {
  draft: SampleNoteDraft;
  /** The same for the same draft: the server adds it once, however often it is sent. */
  idempotencyKey: string;
}

export function useAddSampleNote() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ draft, idempotencyKey }: Creation) =>
      unwrap(
        api.POST("/api/v1/sample-notes", {
          params: { header: { "Idempotency-Key": idempotencyKey } },
          body: draft,
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sampleNoteKeys.all }),
    meta: { handlesErrors: true },
  });
}

interface Change {
  id: string;
  version: number;
  changes: SampleNoteChanges;
}

/** Change this version; `PRECONDITION_FAILED` if there is a newer one. */
export function useChangeSampleNote() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, changes }: Change) =>
      unwrap(
        api.PATCH("/api/v1/sample-notes/{sample_note_id}", {
          params: { path: { sample_note_id: id }, header: ifMatch(version) },
          body: changes,
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sampleNoteKeys.all }),
    meta: { handlesErrors: true },
  });
}

export function useDeleteSampleNote() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.DELETE("/api/v1/sample-notes/{sample_note_id}", {
          params: { path: { sample_note_id: id } },
        }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sampleNoteKeys.all }),
  });
}
