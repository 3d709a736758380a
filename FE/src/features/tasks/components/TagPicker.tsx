import { Button, Stack } from "@mantine/core";
import { useState } from "react";

import { TagsField } from "./TagsField";

/** The tags of a row. */
export function TagPicker({
  value,
  onSave,
}: {
  value: string[];
  onSave: (tags: string[]) => void;
}) {
  const [tags, setTags] = useState(value);
  return (
    <Stack gap="xs">
      <TagsField autoFocus value={tags} onChange={setTags} />
      <Button size="xs" onClick={() => onSave(tags)}>
        Save
      </Button>
    </Stack>
  );
}
