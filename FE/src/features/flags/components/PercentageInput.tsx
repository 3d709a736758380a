import "@mantine/core/styles/Slider.layer.css";

import { Group, Slider, TextInput } from "@mantine/core";

interface Props {
  percentage: number;
  error: string | undefined;
  onChange: (percentage: number) => void;
}

/** The slider is quick, the field exact. */
export function PercentageInput({ percentage, error, onChange }: Props) {
  return (
    <Group wrap="nowrap" align="center">
      <Slider
        flex={1}
        thumbLabel="Percentage, roughly"
        label={null}
        value={percentage}
        onChange={onChange}
      />
      <TextInput
        w={110}
        type="number"
        aria-label="Percentage"
        min={0}
        max={100}
        step="any"
        rightSection="%"
        error={error}
        value={percentage}
        onChange={({ currentTarget: { valueAsNumber } }) =>
          onChange(Number.isNaN(valueAsNumber) ? 0 : Math.min(100, Math.max(0, valueAsNumber)))
        }
      />
    </Group>
  );
}
