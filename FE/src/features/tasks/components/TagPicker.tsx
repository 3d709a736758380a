import { Button, Stack } from "@mantine/core";

import type { Task } from "../api/tasks";
import { useEditedField } from "../useEditedField";
import { useTaskActions } from "./TaskActions";
import { TagsField } from "./TagsField";

/** Edits the tags of a row. */
export function TagPicker({ task, onClose }: { task: Task; onClose: () => void }) {
  const { change } = useTaskActions();
  const { seen, changes, value, setValue, isDisputed } = useEditedField(task, "tags");
  const save = () => {
    if (!isDisputed) change(seen, changes);
    onClose();
  };
  return (
    <Stack gap="xs">
      <TagsField autoFocus value={value} onChange={setValue} />
      <Button size="xs" onClick={save}>
        Save
      </Button>
    </Stack>
  );
}
