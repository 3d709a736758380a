import { Anchor, Badge, Button, Container, Group, Paper, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { PlusIcon, UsersIcon } from "lucide-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { lazyOverlay } from "@/components/lazyPart";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";
import { PageTitle } from "@/components/PageTitle";
import type { Team } from "@/lib/useTeam";

import { teamsQuery } from "../api/teams";
import { ROLE_LABELS } from "../roles";

const CreateTeamDialog = lazyOverlay(() => import("./CreateTeamDialog"));

export default function TeamsPage() {
  const [isCreating, { open, close }] = useDisclosure();
  return (
    <Container size="sm" px={0} ml={0}>
      <PageTitle
        actions={
          <Button leftSection={<PlusIcon size={16} />} onClick={open}>
            New team
          </Button>
        }
      >
        Teams
      </PageTitle>
      <Teams />
      {isCreating && <CreateTeamDialog onClose={close} />}
    </Container>
  );
}

function Teams() {
  const query = useInfiniteQuery(teamsQuery);
  if (query.isPending) return <LoadingNotice rows={3} isPaused={query.isPaused} />;
  if (query.isLoadingError)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const teams = query.data.pages.flatMap((page) => page.items);
  if (teams.length === 0)
    return (
      <EmptyNotice title="You are in no team yet" icon={<UsersIcon size={28} />}>
        Make one, and invite those with whom you work.
      </EmptyNotice>
    );
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0} aria-label="Teams">
        {teams.map((team) => (
          <TeamCard key={team.id} team={team} />
        ))}
      </Stack>
      <LoadMore query={query} />
    </>
  );
}

function TeamCard({ team: { id, name, role } }: { team: Team }) {
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between" wrap="nowrap">
        <Anchor
          fw={600}
          style={{ overflowWrap: "anywhere" }}
          renderRoot={(props) => <Link to="/teams/$teamId" params={{ teamId: id }} {...props} />}
        >
          {name}
        </Anchor>
        <Badge variant="light" flex="none">
          {ROLE_LABELS[role]}
        </Badge>
      </Group>
    </Paper>
  );
}
