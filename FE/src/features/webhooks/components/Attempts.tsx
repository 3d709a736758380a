import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { formatDayAndTime } from "@/lib/format/dates";

import { type Attempt, attemptsQuery, useResend, type Webhook } from "../api/webhooks";

/** The last messages that were sent, and the responses. */
export function Attempts({ webhook: { id, enabled } }: { webhook: Webhook }) {
  const attempts = useQuery(attemptsQuery(id));
  const resending = useResend();
  if (attempts.isPending) return <LoadingNotice rows={2} isPaused={attempts.isPaused} />;
  if (attempts.isLoadingError)
    return <ErrorNotice error={attempts.error} onRetry={() => void attempts.refetch()} />;
  if (attempts.data.items.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing has been sent yet.
      </Text>
    );
  return (
    <Stack component="ul" gap={4} p={0} m={0} aria-label="Attempts">
      {attempts.data.items.map((attempt) => (
        <Group component="li" key={attempt.id} justify="space-between" gap="xs">
          <Group gap="xs">
            <Outcome attempt={attempt} />
            <Text size="sm">{attempt.event}</Text>
            <Text size="xs" c="dimmed">
              {formatDayAndTime(attempt.made_at)} · {attempt.milliseconds} ms
            </Text>
          </Group>
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={!enabled || resending.isPending}
            onClick={() => resending.mutate({ webhook_id: id, attempt_id: attempt.id })}
          >
            Send again
          </Button>
          {attempt.answer && !isSuccess(attempt) && (
            <Text size="xs" c="dimmed" w="100%" lineClamp={3} style={{ overflowWrap: "anywhere" }}>
              {attempt.answer}
            </Text>
          )}
        </Group>
      ))}
    </Stack>
  );
}

function isSuccess({ status }: Attempt) {
  return status !== null && status >= 200 && status < 300;
}

function Outcome({ attempt }: { attempt: Attempt }) {
  return (
    <Badge color={isSuccess(attempt) ? "green" : "red"} variant="light" tt="none">
      {attempt.status ?? attempt.error}
    </Badge>
  );
}
