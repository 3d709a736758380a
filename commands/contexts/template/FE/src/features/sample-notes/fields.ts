import { isNotEmpty } from "@mantine/form";

import type { SampleNote, SampleNoteDraft } from "./api/sampleNotes";

/** The values of the form's inputs. */
export interface SampleNoteFields {
  title: string;
  description: string;
}

export const EMPTY: SampleNoteFields = { title: "", description: "" };

export const validate = { title: isNotEmpty("Enter a title") };

export function fieldsOf({ title, description }: SampleNote): SampleNoteFields {
  return { title, description: description ?? "" };
}

/** An empty description becomes null. */
export function draftOf({ title, description }: SampleNoteFields): SampleNoteDraft {
  return { title, description: description.trim() === "" ? null : description };
}
