import { Text } from "@mantine/core";
import type { ReactNode } from "react";

import { PageTitle } from "@/components/PageTitle";
import { useTeam } from "@/lib/useTeam";

interface Props {
  children: string;
  actions?: ReactNode;
}

/** The heading of a page of a team, which says whose it is: on a phone nothing else does. */
export function TeamTitle({ children, actions }: Props) {
  const { name } = useTeam();
  return (
    <>
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {name}
      </Text>
      <PageTitle actions={actions}>{children}</PageTitle>
    </>
  );
}
