import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { hasCode, messageOf } from "@/lib/api/errors";
import { useTeam } from "@/lib/useTeam";

interface Props {
  error: Error | null;
  /** Called when the user follows the link. */
  onFollow?: () => void;
}

/** Why a membership was not changed, and what to do about it. */
export function Refusal({ error, onFollow }: Props) {
  const { id } = useTeam();
  if (error === null) return null;
  const isLastOwner = hasCode<"remove_member">(error, "LAST_OWNER");
  return (
    <Alert
      color="red"
      role="alert"
      mt="sm"
      title={isLastOwner ? "The team would have no owner" : "That did not work"}
    >
      {isLastOwner ? (
        <Stack gap="xs">
          <Text size="sm">
            Make another member an owner first. If nobody needs the team any more, delete it.
          </Text>
          <Anchor
            size="sm"
            onClick={onFollow}
            renderRoot={(props) => (
              <Link to="/teams/$teamId/settings" params={{ teamId: id }} {...props} />
            )}
          >
            Team settings
          </Anchor>
        </Stack>
      ) : (
        messageOf(error)
      )}
    </Alert>
  );
}
