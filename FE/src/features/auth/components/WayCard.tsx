import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";
import { formatDayAndTime, formatDistance } from "@/lib/format/dates";

import { useRemoveWay, type Way } from "../api/providers";

const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));

export function WayCard({ way, isLast }: { way: Way; isLast: boolean }) {
  const [isConfirming, setIsConfirming] = useState(false);
  const remove = useRemoveWay();
  const name = way.kind === "password" ? "Password" : (way.name ?? "Provider");
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between">
        <Stack gap={2}>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {name}
          </Text>
          {way.email !== null && (
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {way.email}
            </Text>
          )}
          {way.created_at !== null && (
            <Text size="xs" c="dimmed">
              Added {formatDayAndTime(way.created_at)}
              {way.last_used_at !== null && ` · used ${formatDistance(way.last_used_at)}`}
            </Text>
          )}
        </Stack>
        {!isLast && (
          <Button
            size="xs"
            variant="default"
            aria-label={`Remove ${name}`}
            onClick={() => setIsConfirming(true)}
          >
            Remove
          </Button>
        )}
      </Group>
      {isConfirming && (
        <ConfirmDialog
          title={`Remove ${name}?`}
          action="Remove"
          isPending={remove.isPending}
          onClose={() => setIsConfirming(false)}
          onConfirm={() => remove.mutate(way.id, { onSettled: () => setIsConfirming(false) })}
        >
          You can no longer sign in with it. You stay signed in.
        </ConfirmDialog>
      )}
    </Paper>
  );
}
