import { isNotEmpty } from "@mantine/form";

import type { SampleNote, SampleNoteDraft } from "./api/sampleNotes";

/** What the fields of a form hold. */
export interface SampleNoteFields {
  title: string;
  description: string;
}

export const EMPTY: SampleNoteFields = { title: "", description: "" };

export const validate = { title: isNotEmpty("Enter a title") };

export function fieldsOf({ title, description }: SampleNote): SampleNoteFields {
  return { title, description: description ?? "" };
}

/** A description that was left empty is none. */
export function draftOf({ title, description }: SampleNoteFields): SampleNoteDraft {
  return { title, description: description.trim() === "" ? null : description };
}
