import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";
import { formatDayAndTime } from "@/lib/format/dates";
import { reportSuccess } from "@/lib/reports";
import { useTeam } from "@/lib/useTeam";

import { type Invitation, invitationsQuery, useRevokeInvitation } from "../api/invitations";
import { ROLE_LABELS } from "../roles";

/** The pending invitations. */
export function InvitationList() {
  return (
    <Stack component="section" gap="xs" mt="xl" aria-label="Invitations">
      <Title order={2} size="h4">
        Invitations
      </Title>
      <Invitations />
    </Stack>
  );
}

function Invitations() {
  const { id } = useTeam();
  const query = useInfiniteQuery(invitationsQuery(id));
  if (query.isPending) return <LoadingNotice rows={1} isPaused={query.isPaused} />;
  if (query.isLoadingError)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const invitations = query.data.pages.flatMap((page) => page.items);
  if (invitations.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No invitation waits for an answer.
      </Text>
    );
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0}>
        {invitations.map((invitation) => (
          <InvitationCard key={invitation.id} invitation={invitation} />
        ))}
      </Stack>
      <LoadMore query={query} />
    </>
  );
}

function InvitationCard({ invitation }: { invitation: Invitation }) {
  const team = useTeam();
  const revocation = useRevokeInvitation(team.id);
  const { id, email, role, expires_at } = invitation;
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between">
        <Stack gap={2} flex="1 1 12rem" miw={0}>
          <Text style={{ overflowWrap: "anywhere" }}>{email}</Text>
          <Text size="xs" c="dimmed">
            {ROLE_LABELS[role]} · until {formatDayAndTime(expires_at)}
          </Text>
        </Stack>
        <Button
          size="xs"
          variant="default"
          aria-label={`Take back the invitation of ${email}`}
          loading={revocation.isPending}
          onClick={() =>
            revocation.mutate(id, {
              onSuccess: () => reportSuccess(`The invitation of ${email} does not work any more.`),
            })
          }
        >
          Take back
        </Button>
      </Group>
    </Paper>
  );
}
