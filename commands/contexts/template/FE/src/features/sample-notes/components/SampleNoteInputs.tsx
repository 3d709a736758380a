import { Textarea, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";

import type { SampleNoteFields } from "../fields";

interface Props {
  form: UseFormReturnType<SampleNoteFields>;
}

export function SampleNoteInputs({ form }: Props) {
  return (
    <>
      <TextInput
        label="Title"
        maxLength={200}
        autoComplete="off"
        data-autofocus
        key={form.key("title")}
        {...form.getInputProps("title")}
      />
      <Textarea
        label="Description"
        autosize
        minRows={3}
        maxRows={12}
        maxLength={10_000}
        key={form.key("description")}
        {...form.getInputProps("description")}
      />
    </>
  );
}
