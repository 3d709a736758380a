import { Button, Text } from "@mantine/core";

import { Dialog } from "./Dialog";
import { DialogActions } from "./DialogActions";

interface Props {
  title: string;
  /** What the action does. */
  children: string;
  /** The word on the button, such as “Delete”. */
  action: string;
  isPending: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. Load it lazily. */
export default function ConfirmDialog(props: Props) {
  const { title, children, action, isPending, onConfirm, onClose } = props;
  return (
    <Dialog title={title} onClose={onClose} isPending={isPending}>
      <Text>{children}</Text>
      <DialogActions isPending={isPending} onClose={onClose} isCancelFocused>
        <Button color="red.9" loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
