import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Modal.layer.css";

import { Alert, Button, CopyButton, Group, Modal, Stack, TextInput } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  title: string;
  label: string;
  /** The words on the button that copies it. */
  copyLabel: string;
  value: string;
  onClose: () => void;
  /** What it is for. */
  children: ReactNode;
}

/** A secret that is shown once: only a button closes it, not a click beside it. */
export function OneTimeSecret({ title, label, copyLabel, value, onClose, children }: Props) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Alert color="yellow">Copy it now: nobody can show it again.</Alert>
        <TextInput
          label={label}
          value={value}
          readOnly
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: "monospace" } }}
        />
        {children}
        <Group justify="flex-end">
          <CopyButton value={value}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? "Copied" : copyLabel}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
