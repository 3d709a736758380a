import { Anchor, Container } from "@mantine/core";
import { MapIcon } from "lucide-react";
import { Link } from "@tanstack/react-router";

import { EmptyNotice } from "./EmptyNotice";

export function NotFoundPage() {
  return (
    <Container size="sm" py="xl">
      <EmptyNotice title="There is no such page" icon={<MapIcon size={28} />}>
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Anchor>
      </EmptyNotice>
    </Container>
  );
}
