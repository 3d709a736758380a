import { NativeSelect, TextInput } from "@mantine/core";

import type { Flag, FlagValue } from "../api/settings";
import { wordOf } from "../rules";

interface Props {
  flag: Flag;
  label: string;
  value: FlagValue;
  error: string | undefined;
  onChange: (value: FlagValue) => void;
}

/** A value that the flag can have: chosen from a few, or else typed. */
export function ValueInput({ flag, label, value, error, onChange }: Props) {
  const choices = flag.kind === "boolean" ? [true, false] : flag.variants;
  if (choices.length > 0)
    return (
      <NativeSelect
        label={label}
        error={error}
        data={choices.map((choice, place) => ({ value: String(place), label: wordOf(choice) }))}
        value={String(choices.indexOf(value))}
        onChange={({ currentTarget }) => onChange(choices[Number(currentTarget.value)] ?? value)}
      />
    );
  const isNumber = flag.kind !== "string";
  return (
    <TextInput
      label={label}
      error={error}
      maxLength={500}
      autoComplete="off"
      {...(isNumber && { type: "number", step: flag.kind === "integer" ? 1 : "any" })}
      value={String(value)}
      onChange={({ currentTarget: { value: typed, valueAsNumber } }) =>
        onChange(isNumber && !Number.isNaN(valueAsNumber) ? valueAsNumber : typed)
      }
    />
  );
}
