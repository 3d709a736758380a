import type { Task } from "../api/tasks";
import classes from "./SelectBox.module.css";

interface Props {
  task: Task;
  checked: boolean;
  disabled?: boolean;
  /** With `toAnchor`: select the range from the last selected task to this one. */
  onSelect: (id: string, toAnchor: boolean) => void;
}

/** The browser's own checkbox: a list has many of them, and the first page is small. */
export function SelectBox({ task, checked, disabled = false, onSelect }: Props) {
  return (
    <input
      type="checkbox"
      className={classes.box}
      aria-label={`Select: ${task.title}`}
      checked={checked}
      disabled={disabled}
      onChange={({ nativeEvent }) => onSelect(task.id, (nativeEvent as MouseEvent).shiftKey)}
    />
  );
}
