import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Modal.layer.css";

import { Modal } from "@mantine/core";
import type { ReactNode } from "react";

import { useFocusReturn } from "@/lib/useFocusReturn";

interface Props {
  title: string;
  onClose: () => void;
  /** Stays open while something runs whose outcome it shows. */
  isPending?: boolean;
  children: ReactNode;
  size?: string;
}

/** A modal that is open as long as it is mounted; its file is loaded with what opens it. */
export function Dialog({ title, onClose, isPending = false, children, size = "md" }: Props) {
  useFocusReturn();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      centered
      withCloseButton={!isPending}
      closeOnEscape={!isPending}
      closeOnClickOutside={!isPending}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {children}
    </Modal>
  );
}
