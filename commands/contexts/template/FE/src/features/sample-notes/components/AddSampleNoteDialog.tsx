import { Button, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
import { useIdempotencyKey } from "@/lib/useIdempotencyKey";

import { useAddSampleNote } from "../api/sampleNotes";
import { draftOf, EMPTY, validate } from "../fields";
import { SampleNoteInputs } from "./SampleNoteInputs";

export default function AddSampleNoteDialog({ onClose }: { onClose: () => void }) {
  const addition = useAddSampleNote();
  const keyOf = useIdempotencyKey();
  const form = useForm({ mode: "uncontrolled", initialValues: EMPTY, validate });
  const submit = form.onSubmit((fields) => {
    const draft = draftOf(fields);
    addition.mutate(
      { draft, idempotencyKey: keyOf(draft) },
      { onSuccess: onClose, onError: (error) => form.setErrors(fieldMessages(error)) },
    );
  });
  return (
    <Dialog title="Add a sample note" onClose={onClose} isPending={addition.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={addition.error} form={form} />
          <SampleNoteInputs form={form} />
          <DialogActions isPending={addition.isPending} onClose={onClose}>
            <Button type="submit" loading={addition.isPending}>
              Add
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
