import { Badge, Button, Group, Paper, Stack, Text } from "@mantine/core";

import { formatDayAndTime, formatDistance } from "@/lib/format/dates";

import { type OwnSession, useEndSession } from "../api/sessions";
import { describeUserAgent } from "../userAgent";

export function SessionCard({ session }: { session: OwnSession }) {
  const end = useEndSession();
  const device = describeUserAgent(session.user_agent);
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between">
        <Stack gap={2}>
          <Group gap="xs">
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {device}
            </Text>
            {session.current && <Badge variant="light">This one</Badge>}
          </Group>
          <Text size="sm" c="dimmed">
            {session.ip ?? "Unknown address"} · used {formatDistance(session.last_used_at)}
          </Text>
          <Text size="xs" c="dimmed">
            Signed in {formatDayAndTime(session.created_at)}
          </Text>
        </Stack>
        {!session.current && (
          <Button
            size="xs"
            variant="default"
            loading={end.isPending}
            aria-label={`End the session of ${device}`}
            onClick={() => end.mutate(session.id)}
          >
            End
          </Button>
        )}
      </Group>
    </Paper>
  );
}
