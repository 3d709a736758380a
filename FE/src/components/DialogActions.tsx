import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  isPending: boolean;
  onClose: () => void;
  /** Where the focus begins: where the action cannot be undone. */
  isCancelFocused?: boolean;
  /** The button of the action. */
  children: ReactNode;
}

/** The end of a dialog. What is on its way cannot be called back: nothing is cancelled then. */
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
