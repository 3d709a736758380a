import { Badge, Button, Group, NativeSelect, Paper, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { Initials } from "@/components/Initials";
import { lazyOverlay } from "@/components/lazyPart";
import { formatDayAndTime } from "@/lib/format/dates";
import { reportSuccess } from "@/lib/reports";
import { isAtLeast, type TeamRole, useTeam } from "@/lib/useTeam";
import { useUser } from "@/lib/useSession";

import { type Member, useChangeRole, useRemoveMember } from "../api/members";
import { mayChangeMember, ROLE_LABELS, rolesToGive } from "../roles";
import { Refusal } from "./Refusal";

const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));
const LeaveDialog = lazyOverlay(() => import("./LeaveDialog"));

/** The action that the user is asked to confirm. */
type Confirmation =
  { action: "remove" } | { action: "leave" } | { action: "lower"; role: TeamRole };

export function MemberCard({ member }: { member: Member }) {
  const { id, name, role } = useTeam();
  const user = useUser();
  const [confirmation, setConfirmation] = useState<Confirmation | null>(null);
  const changeRole = useChangeRole(id);
  const removal = useRemoveMember(id);
  const isSelf = member.user_id === user.id;
  const mayChange = mayChangeMember(role, member.role);
  const close = () => setConfirmation(null);

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
    // the user could not undo it
    if (isSelf && !isAtLeast(given, member.role)) setConfirmation({ action: "lower", role: given });
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
            <Button
              size="xs"
              variant="default"
              onClick={() => setConfirmation({ action: "leave" })}
            >
              Leave
            </Button>
          ) : (
            mayChange && (
              <Button
                size="xs"
                variant="default"
                aria-label={`Remove ${member.name}`}
                onClick={() => setConfirmation({ action: "remove" })}
              >
                Remove
              </Button>
            )
          )}
        </Group>
      </Group>
      <Refusal error={changeRole.error ?? removal.error} />
      {confirmation?.action === "remove" && (
        <ConfirmDialog
          title={`Remove ${member.name}?`}
          action="Remove"
          isPending={removal.isPending}
          onConfirm={remove}
          onClose={close}
        >
          They lose access to the team at once. What they did in it stays.
        </ConfirmDialog>
      )}
      {confirmation?.action === "leave" && <LeaveDialog onClose={close} />}
      {confirmation?.action === "lower" && (
        <ConfirmDialog
          title={`Become ${ROLE_LABELS[confirmation.role].toLowerCase()}?`}
          action="Change my role"
          isPending={changeRole.isPending}
          onConfirm={() => give(confirmation.role)}
          onClose={close}
        >
          You cannot undo this: only a member with your present role can.
        </ConfirmDialog>
      )}
    </Paper>
  );
}
