import { Button, Group, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";

import { sessionsQuery, useEndOtherSessions } from "../api/sessions";
import { SessionCard } from "./SessionCard";

export default function SessionList() {
  const sessions = useInfiniteQuery(sessionsQuery);
  const endOthers = useEndOtherSessions();

  if (sessions.isPending) return <LoadingNotice rows={3} isPaused={sessions.isPaused} />;
  if (sessions.isLoadingError)
    return <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />;
  const items = sessions.data.pages.flatMap((page) => page.items);
  return (
    <Stack>
      <Stack component="ul" gap="xs" p={0} m={0} aria-label="Sessions">
        {items.map((session) => (
          <SessionCard key={session.id} session={session} />
        ))}
      </Stack>
      <Group>
        {sessions.hasNextPage && (
          <Button
            variant="default"
            loading={sessions.isFetchingNextPage}
            onClick={() => void sessions.fetchNextPage()}
          >
            Show more
          </Button>
        )}
        {items.length > 1 && (
          <Button
            color="red"
            variant="light"
            loading={endOthers.isPending}
            onClick={() => endOthers.mutate()}
          >
            End all other sessions
          </Button>
        )}
      </Group>
    </Stack>
  );
}
