import { Box, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** The properties of one thing, by name. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <Stack component="dl" gap="sm" m={0}>
      {children}
    </Stack>
  );
}

interface Props {
  label: string;
  children: ReactNode;
  /** What to do with it. */
  action?: ReactNode;
}

export function Fact({ label, children, action }: Props) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Box component="dd" m={0} fz="sm" style={{ overflowWrap: "anywhere" }}>
        {children}
        {action && <Box mt={4}>{action}</Box>}
      </Box>
    </div>
  );
}
