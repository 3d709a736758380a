import { Anchor, Stack, Text, Title } from "@mantine/core";
import { createFileRoute, Link } from "@tanstack/react-router";
import { titled } from "@/lib/product";

export const Route = createFileRoute("/_entry/join")({
  head: () => titled("Invitation"),
  component: () => (
    <Stack>
      <Title order={1} size="h3">
        An invitation
      </Title>
      <Text>This version has no teams yet, so the invitation cannot be taken up here.</Text>
      <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Anchor>
    </Stack>
  ),
});
