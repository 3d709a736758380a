import { Checkbox } from "@mantine/core";

import type { Task } from "../api/tasks";

interface Props {
  task: Task;
  checked: boolean;
  disabled?: boolean;
  /** Also called for a range: from the task before up to this one. */
  onSelect: (id: string, toAnchor: boolean) => void;
}

export function SelectBox({ task, checked, disabled = false, onSelect }: Props) {
  return (
    <Checkbox
      size="xs"
      aria-label={`Select: ${task.title}`}
      checked={checked}
      disabled={disabled}
      onChange={({ nativeEvent }) => onSelect(task.id, (nativeEvent as MouseEvent).shiftKey)}
    />
  );
}
