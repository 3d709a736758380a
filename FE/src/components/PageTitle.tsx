import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  children: ReactNode;
  /** Buttons and menus, on the right. */
  actions?: ReactNode;
}

export function PageTitle({ children, actions }: Props) {
  return (
    <Group justify="space-between" mb="lg" mih={36}>
      <Title order={1} size="h2">
        {children}
      </Title>
      {actions}
    </Group>
  );
}
