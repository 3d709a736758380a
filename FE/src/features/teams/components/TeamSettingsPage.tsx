import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { Fact, Facts } from "@/components/Facts";
import { lazyOverlay } from "@/components/lazyPart";
import { PageTitle } from "@/components/PageTitle";
import { formatDayAndTime } from "@/lib/format/dates";
import { isAtLeast, useTeam } from "@/lib/useTeam";

import { ROLE_LABELS, ROLE_TEXTS } from "../roles";
import { RenameForm } from "./RenameForm";

const LeaveDialog = lazyOverlay(() => import("./LeaveDialog"));
const DeleteTeamDialog = lazyOverlay(() => import("./DeleteTeamDialog"));

export default function TeamSettingsPage() {
  const team = useTeam();
  return (
    <Container size="sm" px={0} ml={0}>
      <PageTitle>Team settings</PageTitle>
      <Stack gap="xl">
        <Facts>
          <Fact label="Your role">
            {ROLE_LABELS[team.role]}: {ROLE_TEXTS[team.role]}
          </Fact>
          <Fact label="Made">{formatDayAndTime(team.created_at)}</Fact>
        </Facts>
        {isAtLeast(team.role, "admin") && <RenameForm key={team.id} team={team} />}
        <LeaveTeam />
        {team.role === "owner" && <DeleteTeam />}
      </Stack>
    </Container>
  );
}

function LeaveTeam() {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Leave the team
      </Title>
      <Text size="sm" c="dimmed">
        You lose access to it at once. What you did in it stays.
      </Text>
      <Button variant="default" onClick={open}>
        Leave the team
      </Button>
      {isOpen && <LeaveDialog onClose={close} />}
    </Stack>
  );
}

function DeleteTeam() {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Delete the team
      </Title>
      <Text size="sm" c="dimmed">
        It is gone at once, with its members and invitations, for everybody and for good.
      </Text>
      <Button color="red" variant="light" onClick={open}>
        Delete the team
      </Button>
      {isOpen && <DeleteTeamDialog onClose={close} />}
    </Stack>
  );
}
