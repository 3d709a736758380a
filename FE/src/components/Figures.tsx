import { Paper, SimpleGrid, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Numbers worth a look, side by side. */
export function Figures({ children }: { children: ReactNode }) {
  return (
    <SimpleGrid component="dl" minColWidth={140} autoFlow="auto-fit" spacing="sm" m={0} mb="lg">
      {children}
    </SimpleGrid>
  );
}

interface Props {
  label: string;
  children: ReactNode;
}

export function Figure({ label, children }: Props) {
  return (
    <Paper withBorder px="md" py="sm">
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="dd" m={0} fz={26} fw={650} lh={1.3}>
        {children}
      </Text>
    </Paper>
  );
}
