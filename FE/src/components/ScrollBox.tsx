import { Box } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  /** What it contains, for screen readers. */
  label: string;
  children: ReactNode;
}

/** A box that scrolls sideways, by keyboard too, where its content is wider than the screen. */
export function ScrollBox({ label, children }: Props) {
  return (
    <Box role="region" aria-label={label} tabIndex={0} pos="relative" style={{ overflowX: "auto" }}>
      {children}
    </Box>
  );
}
