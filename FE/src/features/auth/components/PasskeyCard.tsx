import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";
import { formatDayAndTime, formatDistance } from "@/lib/format/dates";

import type { Passkey } from "../api/passkeys";

const RemovePasskeyDialog = lazyOverlay(() => import("./RemovePasskeyDialog"));
const RenamePasskeyDialog = lazyOverlay(() => import("./RenamePasskeyDialog"));

export function PasskeyCard({ passkey }: { passkey: Passkey }) {
  const [dialog, setDialog] = useState<"rename" | "remove" | null>(null);
  const close = () => setDialog(null);
  const { name, is_synced, created_at, last_used_at } = passkey;
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between">
        <Stack gap={2}>
          <Group gap="xs">
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {name}
            </Text>
            {is_synced && <Badge variant="light">Synced</Badge>}
          </Group>
          <Text size="sm" c="dimmed">
            {last_used_at ? `Used ${formatDistance(last_used_at)}` : "Not used yet"}
          </Text>
          <Text size="xs" c="dimmed">
            Added {formatDayAndTime(created_at)}
          </Text>
        </Stack>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            aria-label={`Rename ${name}`}
            onClick={() => setDialog("rename")}
          >
            Rename
          </Button>
          <Button
            size="xs"
            variant="default"
            aria-label={`Remove ${name}`}
            onClick={() => setDialog("remove")}
          >
            Remove
          </Button>
        </Group>
      </Group>
      {dialog === "rename" && <RenamePasskeyDialog passkey={passkey} onClose={close} />}
      {dialog === "remove" && <RemovePasskeyDialog passkey={passkey} onClose={close} />}
    </Paper>
  );
}
