import { Anchor, Center, Stack, ThemeIcon, Title } from "@mantine/core";
import { MapIcon } from "lucide-react";
import { Link } from "@tanstack/react-router";

export function NotFoundPage() {
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack align="center" gap="xs">
        <ThemeIcon size={56} radius="xl" variant="light">
          <MapIcon size={28} />
        </ThemeIcon>
        <Title order={1} size="h3">
          There is no such page
        </Title>
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Anchor>
      </Stack>
    </Center>
  );
}
