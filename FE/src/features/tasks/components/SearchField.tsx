import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

interface Props {
  value: string;
  onSearch: (text: string) => Promise<void>;
}

const PAUSE = 200;

/** Searches as one types, after a pause. */
export function SearchField({ value, onSearch }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const search = useDebouncedCallback(async (text: string) => {
    await onSearch(text.trim());
    setTyped((now) => (now === text ? null : now));
  }, PAUSE);
  return (
    <TextInput
      id="search-tasks"
      type="search"
      flex={1}
      miw={140}
      aria-label="Search tasks"
      placeholder="Search"
      maxLength={200}
      leftSection={<IconSearch size={16} />}
      value={typed ?? value}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        search(currentTarget.value);
      }}
      onBlur={search.flush}
    />
  );
}
