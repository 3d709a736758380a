import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  isPending: boolean;
  onClose: () => void;
  /** Whether the focus starts on Cancel: if the action cannot be undone. */
  isCancelFocused?: boolean;
  /** The button of the action. */
  children: ReactNode;
}

/** The buttons of a dialog. A request under way cannot be undone: Cancel is disabled then. */
export function DialogActions({ isPending, onClose, isCancelFocused = false, children }: Props) {
  return (
    <Group justify="flex-end" mt="xs">
      <Button
        variant="default"
        disabled={isPending}
        onClick={onClose}
        data-autofocus={isCancelFocused || undefined}
      >
        Cancel
      </Button>
      {children}
    </Group>
  );
}
