import { Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";

import { type SampleNote, useChangeSampleNote } from "../api/sampleNotes";
import { draftOf, fieldsOf, validate } from "../fields";
import { SampleNoteConflict } from "./SampleNoteConflict";
import { SampleNoteInputs } from "./SampleNoteInputs";

interface Props {
  sampleNote: SampleNote;
  onClose: () => void;
}

export default function ChangeSampleNoteDialog({ sampleNote, onClose }: Props) {
  const change = useChangeSampleNote();
  // the version when the user began to type; a newer one must not be overwritten unseen
  const [base, setBase] = useState(sampleNote);
  const form = useForm({ mode: "uncontrolled", initialValues: fieldsOf(base), validate });

  const save = (version: number) =>
    change.mutate(
      { id: base.id, version, changes: draftOf(form.getValues()) },
      { onSuccess: onClose, onError: (error) => form.setErrors(fieldMessages(error)) },
    );

  const takeTheirs = (newest: SampleNote) => {
    form.setValues(fieldsOf(newest));
    setBase(newest);
    change.reset();
  };

  const isConflict = hasCode<"change_sample_note">(change.error, "PRECONDITION_FAILED");
  return (
    <Dialog title="Change the sample note" onClose={onClose} isPending={change.isPending}>
      <form onSubmit={form.onSubmit(() => save(base.version))} noValidate>
        <Stack>
          {isConflict ? (
            <SampleNoteConflict id={base.id} onKeepMine={save} onTakeTheirs={takeTheirs} />
          ) : (
            <FormError error={change.error} form={form} />
          )}
          <SampleNoteInputs form={form} />
          <DialogActions isPending={change.isPending} onClose={onClose}>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
