import { Alert, Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { session } from "@/lib/api/client";
import { hasCode, messageOf } from "@/lib/api/errors";
import { useSession } from "@/lib/useSession";

import { useAcceptInvitation } from "../api/invitations";

/** The target of an invitation's link. Nothing happens before a click: programs open links, too. */
export default function JoinPage({ token }: { token: string }) {
  const { user } = useSession();
  const accept = useAcceptInvitation();
  const isOver = token === "" || hasCode<"accept_invitation">(accept.error, "NOT_FOUND");
  if (accept.isSuccess)
    return (
      <Notice title={`You are in ${accept.data.name}`} text="Your email is verified, too.">
        <Button
          renderRoot={(props) => (
            <Link to="/teams/$teamId" params={{ teamId: accept.data.id }} {...props} />
          )}
        >
          Go to the team
        </Button>
      </Notice>
    );
  if (isOver)
    return (
      <Notice
        title="This invitation does not work"
        text="It was used or taken back, it is older than a week, or a newer one was sent. Ask the team for another."
      >
        <Anchor renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Anchor>
      </Notice>
    );
  if (user === null) return <SignInFirst token={token} />;
  return (
    <Notice
      title="Join a team"
      text={`You are signed in as ${user.email}. The invitation is for the address that its mail was sent to.`}
    >
      {accept.isError && (
        <Alert color="red" role="alert">
          {messageOf(accept.error)}
        </Alert>
      )}
      <Button loading={accept.isPending} onClick={() => accept.mutate(token)}>
        Join the team
      </Button>
      <Button variant="default" onClick={() => void session.leave()}>
        Sign in as somebody else
      </Button>
    </Notice>
  );
}

function SignInFirst({ token }: { token: string }) {
  const then = { then: `/join?token=${encodeURIComponent(token)}` };
  return (
    <Notice
      title="Join a team"
      text="First sign in with the address that the mail was sent to, or make an account with it."
    >
      <Group grow>
        <Button renderRoot={(props) => <Link to="/sign-in" search={then} {...props} />}>
          Sign in
        </Button>
        <Button
          variant="default"
          renderRoot={(props) => <Link to="/sign-up" search={then} {...props} />}
        >
          Sign up
        </Button>
      </Group>
    </Notice>
  );
}

interface NoticeProps {
  title: string;
  text: string;
  children: ReactNode;
}

function Notice({ title, text, children }: NoticeProps) {
  return (
    <Stack>
      <Title order={1} size="h3">
        {title}
      </Title>
      <Text>{text}</Text>
      {children}
    </Stack>
  );
}
