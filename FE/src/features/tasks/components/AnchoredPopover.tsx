import "@mantine/core/styles/Popover.layer.css";

import { Popover, Portal } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import { type ReactNode, useState } from "react";

interface Props {
  anchor: HTMLElement;
  label: string;
  width?: number;
  onClose: () => void;
  children: ReactNode;
}

/**
 * A popover beside an element that another component draws: a list of thousands of rows needs one
 * popover, which is loaded when the first is opened. The focus returns to the element.
 */
export function AnchoredPopover({ anchor, label, width = 260, onClose, children }: Props) {
  const [place, setPlace] = useState(() => placeOf(anchor));
  useWindowEvent("resize", () => anchor.isConnected && setPlace(placeOf(anchor)));
  const close = () => {
    onClose();
    anchor.focus({ preventScroll: true });
  };
  return (
    <Popover
      opened
      trapFocus
      withRoles={false}
      position="bottom-start"
      shadow="md"
      width={width}
      hideDetached={false}
      transitionProps={{ duration: 0 }}
      onDismiss={close}
    >
      <Portal>
        <Popover.Target>
          <div style={{ position: "absolute", pointerEvents: "none", ...place }} />
        </Popover.Target>
      </Portal>
      <Popover.Dropdown role="dialog" aria-label={label} p="xs" maw="calc(100vw - 1rem)">
        {children}
      </Popover.Dropdown>
    </Popover>
  );
}

function placeOf(anchor: HTMLElement) {
  const { left, top, width, height } = anchor.getBoundingClientRect();
  return { left: left + window.scrollX, top: top + window.scrollY, width, height };
}
