import { Button, Group, Text } from "@mantine/core";

import { Dialog } from "./Dialog";

interface Props {
  title: string;
  /** What happens then. */
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
    <Dialog title={title} onClose={onClose}>
      <Text>{children}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.9" loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Dialog>
  );
}
