import { ActionIcon, Button, Group, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMatchRoute } from "@tanstack/react-router";
import { MailIcon, XIcon } from "lucide-react";
import { useState } from "react";

import { useUser } from "@/lib/useSession";

import { useResendVerification, verifiedQuery } from "../api/verification";

/** Asks the user to verify the email, on every page until it is verified or this is hidden. */
export function EmailReminder() {
  const { email, email_verified } = useUser();
  const [isHidden, setIsHidden] = useState(false);
  const resend = useResendVerification();
  const isInSettings = useMatchRoute()({ to: "/settings/security" }) !== false;
  useQuery({ ...verifiedQuery, enabled: !email_verified });
  if (email_verified || isHidden || isInSettings) return null;
  return (
    <Paper component="section" aria-label="Reminder" withBorder px="sm" py={6} mb="md">
      <Group gap="xs">
        <MailIcon size={18} aria-hidden style={{ flex: "none" }} />
        <Text size="sm" flex="1 1 12rem" style={{ overflowWrap: "anywhere" }} role="status">
          {resend.isSuccess
            ? `A mail is on its way to ${email}`
            : `Verify your email: open the link in the mail to ${email}`}
        </Text>
        {!resend.isSuccess && (
          <Button
            size="compact-sm"
            variant="light"
            flex="none"
            loading={resend.isPending}
            onClick={() => resend.mutate()}
          >
            Send again
          </Button>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Hide the reminder"
          onClick={() => setIsHidden(true)}
        >
          <XIcon size={16} />
        </ActionIcon>
      </Group>
    </Paper>
  );
}
