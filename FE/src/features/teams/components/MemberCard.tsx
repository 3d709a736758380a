import { Badge, Button, Group, NativeSelect, Paper, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { Initials } from "@/components/Initials";
import { lazyOverlay } from "@/components/lazyPart";
import { formatDayAndTime } from "@/lib/format/dates";
import { reportSuccess } from "@/lib/reports";
import { isAtLeast, type TeamRole, useTeam } from "@/lib/useTeam";
import { useUser } from "@/lib/useSession";

import { type Member, useChangeRole, useRemoveMember } from "../api/members";
import { mayTouch, ROLE_LABELS, rolesToGive } from "../roles";
import { Refusal } from "./Refusal";

const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));
const LeaveDialog = lazyOverlay(() => import("./LeaveDialog"));

/** What somebody is asked before it is done. */
type Question = { action: "remove" } | { action: "leave" } | { action: "lower"; role: TeamRole };

export function MemberCard({ member }: { member: Member }) {
  const { id, name, role } = useTeam();
  const user = useUser();
  const [question, setQuestion] = useState<Question | null>(null);
  const changeRole = useChangeRole(id);
  const removal = useRemoveMember(id);
  const isSelf = member.user_id === user.id;
  const mayChange = mayTouch(role, member.role);
  const close = () => setQuestion(null);

  const give = (given: TeamRole) =>
    changeRole.mutate(
      { user_id: member.user_id, role: given },
      {
        onSuccess: () =>
          reportSuccess(
            `${isSelf ? "You are" : `${member.name} is`} now ${ROLE_LABELS[given].toLowerCase()}.`,
          ),
        onSettled: close,
      },
    );
  const remove = () =>
    removal.mutate(member.user_id, {
      onSuccess: () => reportSuccess(`${member.name} is not in ${name} any more.`),
      onSettled: close,
    });
  const choose = (given: TeamRole) => {
    // one could not take it back
    if (isSelf && !isAtLeast(given, member.role)) setQuestion({ action: "lower", role: given });
    else give(given);
  };

  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between">
        <Group gap="sm" wrap="nowrap" flex="1 1 14rem" miw={0}>
          <Initials name={member.name} />
          <Stack gap={2} miw={0}>
            <Group gap="xs">
              <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                {member.name}
              </Text>
              {isSelf && <Badge variant="light">You</Badge>}
            </Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {member.email}
            </Text>
            <Text size="xs" c="dimmed">
              Joined {formatDayAndTime(member.joined_at)}
            </Text>
          </Stack>
        </Group>
        <Group gap="xs">
          {mayChange ? (
            <NativeSelect
              size="xs"
              aria-label={`Role of ${member.name}`}
              data={rolesToGive(role)}
              value={member.role}
              disabled={changeRole.isPending}
              onChange={({ currentTarget }) => choose(currentTarget.value as TeamRole)}
            />
          ) : (
            <Badge variant="light" color="gray">
              {ROLE_LABELS[member.role]}
            </Badge>
          )}
          {isSelf ? (
            <Button size="xs" variant="default" onClick={() => setQuestion({ action: "leave" })}>
              Leave
            </Button>
          ) : (
            mayChange && (
              <Button
                size="xs"
                variant="default"
                aria-label={`Remove ${member.name}`}
                onClick={() => setQuestion({ action: "remove" })}
              >
                Remove
              </Button>
            )
          )}
        </Group>
      </Group>
      <Refusal error={changeRole.error ?? removal.error} />
      {question?.action === "remove" && (
        <ConfirmDialog
          title={`Remove ${member.name}?`}
          action="Remove"
          isPending={removal.isPending}
          onConfirm={remove}
          onClose={close}
        >
          They see nothing of the team any more, at once. What they did in it stays.
        </ConfirmDialog>
      )}
      {question?.action === "leave" && <LeaveDialog onClose={close} />}
      {question?.action === "lower" && (
        <ConfirmDialog
          title={`Become ${ROLE_LABELS[question.role].toLowerCase()}?`}
          action="Change my role"
          isPending={changeRole.isPending}
          onConfirm={() => give(question.role)}
          onClose={close}
        >
          You cannot take this back: somebody with your present role would have to.
        </ConfirmDialog>
      )}
    </Paper>
  );
}
