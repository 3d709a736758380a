import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { SearchIcon } from "lucide-react";
import { useRef, useState } from "react";

interface Props extends Omit<TextInputProps, "value" | "onChange"> {
  value: string;
  onSearch: (text: string) => Promise<void>;
}

const PAUSE = 200;

/** Searches while the user types, after a pause. */
export function SearchField({ value, onSearch, ...props }: Props) {
  // the search is trimmed, but the typed text stays as it is until the field loses the focus
  const [typed, setTyped] = useState<string | null>(null);
  const hasFocus = useRef(false);
  const search = useDebouncedCallback(async (text: string) => {
    await onSearch(text.trim());
    setTyped((now) => (now === text && !hasFocus.current ? null : now));
  }, PAUSE);
  return (
    <TextInput
      type="search"
      flex={1}
      miw={140}
      placeholder="Search"
      maxLength={200}
      leftSection={<SearchIcon size={16} />}
      {...props}
      value={typed ?? value}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        search(currentTarget.value);
      }}
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={() => {
        hasFocus.current = false;
        search.flush();
        setTyped((now) => (now?.trim() === value ? null : now));
      }}
    />
  );
}
