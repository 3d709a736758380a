import { Button, Stack } from "@mantine/core";
import type { KeyboardEvent, ReactNode } from "react";

interface Props<Value extends string> {
  labels: Record<Value, string>;
  /** `null` if none is chosen yet. */
  value: Value | null;
  icon: (value: Value) => ReactNode;
  onChoose: (value: Value) => void;
}

/** Options to choose from with one click; the arrow keys move between them. */
export function OptionList<Value extends string>({ labels, value, icon, onChoose }: Props<Value>) {
  return (
    <Stack gap={2} role="radiogroup" onKeyDown={moveFocus}>
      {(Object.keys(labels) as Value[]).map((option) => (
        <Button
          key={option}
          role="radio"
          aria-checked={option === value}
          data-autofocus={option === value || undefined}
          {...(option === value
            ? { variant: "light" }
            : { variant: "subtle", color: "gray", c: "var(--mantine-color-text)" })}
          justify="flex-start"
          size="sm"
          leftSection={icon(option)}
          onClick={() => onChoose(option)}
        >
          {labels[option]}
        </Button>
      ))}
    </Stack>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const options = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=radio]")];
  const at = options.findIndex((option) => option === document.activeElement);
  options.at((at + by) % options.length)?.focus();
}
