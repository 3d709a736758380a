import "@mantine/core/styles/Combobox.layer.css";
import "@mantine/core/styles/Pill.layer.css";
import "@mantine/core/styles/PillsInput.layer.css";

import { TagsInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { tagsQuery } from "../api/tags";

interface Props {
  value: string[];
  label?: ReactNode;
  autoFocus?: boolean;
  onChange: (tags: string[]) => void;
}

/** Tags, chosen among those in use or new. */
export function TagsField({ value, label, autoFocus = false, onChange }: Props) {
  const { data: known = [] } = useQuery(tagsQuery);
  const [opened, { open, close }] = useDisclosure();
  return (
    <TagsInput
      {...(label ? { label } : { "aria-label": "Tags" })}
      data-autofocus={autoFocus || undefined}
      placeholder={value.length === 0 ? "Add a tag" : ""}
      data={known}
      limit={50}
      maxTags={20}
      // the list itself scrolls, which follows the arrow keys
      withScrollArea={false}
      styles={{ options: { maxHeight: 200, overflowY: "auto" } }}
      comboboxProps={{ withinPortal: false }}
      clearable
      value={value}
      // once a tag is chosen, the list no longer covers the buttons below
      dropdownOpened={opened}
      onDropdownOpen={open}
      onDropdownClose={close}
      onChange={(tags) => {
        close();
        onChange(tags.map((tag) => tag.trim().slice(0, 50)).filter(Boolean));
      }}
    />
  );
}
