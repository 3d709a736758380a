import { Anchor, Container } from "@mantine/core";
import { IconMap2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyNotice } from "./EmptyNotice";

export function NotFoundPage() {
  return (
    <Container size="sm" py="xl">
      <EmptyNotice title="There is no such page" icon={<IconMap2 size={28} />}>
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Anchor>
      </EmptyNotice>
    </Container>
  );
}
