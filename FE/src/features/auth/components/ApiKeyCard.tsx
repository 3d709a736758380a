import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { lazyOverlay } from "@/components/lazyPart";
import { formatDayAndTime } from "@/lib/format/dates";
import { reportSuccess } from "@/lib/reports";
import { useNow } from "@/lib/useNow";

import { type ApiKey, useRevokeApiKey } from "../api/apiKeys";
import { describeUse, isExpired } from "../apiKeys";

const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));

export function ApiKeyCard({ apiKey }: { apiKey: ApiKey }) {
  const [isConfirming, { open, close }] = useDisclosure();
  const revocation = useRevokeApiKey();
  const now = useNow().getTime();
  const revoke = () =>
    revocation.mutate(apiKey.id, {
      onSuccess: () => reportSuccess(`The key ${apiKey.name} was revoked.`),
      onSettled: close,
    });
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between">
        <Stack gap={2} miw={0}>
          <Group gap="xs">
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {apiKey.name}
            </Text>
            {isExpired(apiKey, now) && (
              <Badge color="red" variant="light">
                Expired
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {apiKey.starts_with}… · {describeUse(apiKey, now)}
          </Text>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {apiKey.scopes.join(", ")}
          </Text>
          <Text size="xs" c="dimmed">
            {isExpired(apiKey, now) ? "Expired" : "Expires"} {formatDayAndTime(apiKey.expires_at)}
          </Text>
        </Stack>
        <Button
          size="xs"
          variant="default"
          aria-label={`Revoke the key ${apiKey.name}`}
          onClick={open}
        >
          Revoke
        </Button>
      </Group>
      {isConfirming && (
        <ConfirmDialog
          title={`Revoke ${apiKey.name}?`}
          action="Revoke"
          isPending={revocation.isPending}
          onConfirm={revoke}
          onClose={close}
        >
          Scripts that use this key are refused within a second. This cannot be undone.
        </ConfirmDialog>
      )}
    </Paper>
  );
}
