import "@mantine/core/styles/Combobox.layer.css";

import { Combobox, Group, ScrollArea, Text, TextInput, useCombobox } from "@mantine/core";
import { type ReactNode, useState } from "react";

const MOST_SHOWN = 50;

interface Props {
  /** What is searched, for screen readers. */
  label: string;
  /** By value, in the order in which they are shown. */
  labels: Record<string, string>;
  /** `null` if none is chosen yet. */
  value: string | null;
  icon: (value: string) => ReactNode;
  onChoose: (value: string) => void;
}

/** Many options: the user types a part of one, and chooses by click, or arrow keys and Enter. */
export function OptionSearch({ label, labels, value, icon, onChoose }: Props) {
  const [words, setWords] = useState("");
  const combobox = useCombobox({ opened: true });
  const wanted = words.trim().toLowerCase();
  const found = Object.entries(labels).filter(([, text]) => text.toLowerCase().includes(wanted));
  return (
    <Combobox store={combobox} onOptionSubmit={onChoose}>
      <Combobox.EventsTarget withExpandedAttribute>
        <TextInput
          size="xs"
          mb="xs"
          aria-label={label}
          aria-autocomplete="list"
          placeholder="Search"
          data-autofocus
          value={words}
          onChange={({ currentTarget }) => {
            combobox.resetSelectedOption();
            setWords(currentTarget.value);
          }}
        />
      </Combobox.EventsTarget>
      <ScrollArea.Autosize mah={280}>
        <Combobox.Options aria-label={label}>
          {found.slice(0, MOST_SHOWN).map(([option, text]) => (
            <Combobox.Option
              key={option}
              value={option}
              active={option === value}
              aria-selected={option === value}
            >
              <Group gap="xs" wrap="nowrap" fw={option === value ? 600 : 400}>
                {icon(option)}
                {text}
              </Group>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </ScrollArea.Autosize>
      {/* always rendered, so that its changes are read out */}
      <Text size="xs" c="dimmed" role="status">
        {found.length === 0 && "Nobody found"}
        {found.length > MOST_SHOWN && `${found.length - MOST_SHOWN} more: type to find them`}
      </Text>
    </Combobox>
  );
}
