import { Badge, Group, Paper, Stack, Switch, Text } from "@mantine/core";

import { formatDayAndTime } from "@/lib/format/dates";

import { useSwitchWebhook, type Webhook } from "../api/webhooks";
import { WebhookActions } from "./WebhookActions";

interface Props {
  webhook: Webhook;
  knownEvents: string[];
}

export function WebhookCard({ webhook, knownEvents }: Props) {
  const switching = useSwitchWebhook();
  const { id, version, url, enabled, failing_since } = webhook;
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {url}
          </Text>
          <Switch
            aria-label={`${url} is on`}
            checked={enabled}
            disabled={switching.isPending}
            onChange={() => switching.mutate({ id, version, changes: { enabled: !enabled } })}
          />
        </Group>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {webhook.events.join(", ")}
          {webhook.ordered && " · in order"}
        </Text>
        {failing_since && (
          <Badge color="red" variant="light">
            Failing since {formatDayAndTime(failing_since)}
          </Badge>
        )}
        <WebhookActions webhook={webhook} knownEvents={knownEvents} />
      </Stack>
    </Paper>
  );
}
