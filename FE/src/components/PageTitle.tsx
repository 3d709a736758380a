import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { useOpenTeam } from "@/lib/useTeam";

interface Props {
  children: ReactNode;
  /** Buttons and menus, on the right. */
  actions?: ReactNode;
}

/** The heading of a page, with the name of its team: on a phone nothing else shows it. */
export function PageTitle({ children, actions }: Props) {
  const team = useOpenTeam();
  return (
    <>
      {team && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {team.name}
        </Text>
      )}
      <Group justify="space-between" mb="lg" mih={36}>
        <Title order={1} size="h2">
          {children}
        </Title>
        {actions}
      </Group>
    </>
  );
}
