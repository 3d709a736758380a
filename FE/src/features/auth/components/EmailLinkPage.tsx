import { Anchor, Button, Stack, Text, Title } from "@mantine/core";
import type { UseMutationResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ErrorNotice } from "@/components/ErrorNotice";
import { hasCode } from "@/lib/api/errors";

interface Props {
  token: string;
  mutation: UseMutationResult<void, Error, string>;
  title: string;
  text: string;
  action: string;
  /** What is shown once it is done. */
  children: ReactNode;
}

/** The target of a link in a mail. Nothing happens before a click: programs open links, too. */
export function EmailLinkPage({ token, mutation, title, text, action, children }: Props) {
  const isSpent = hasCode<"confirm_email_change">(mutation.error, "UNAUTHORIZED");
  if (mutation.isSuccess) return children;
  if (token === "" || isSpent) return <LinkIsSpent />;
  return (
    <Stack>
      <Title order={1} size="h3">
        {title}
      </Title>
      <Text>{text}</Text>
      {mutation.isError && <ErrorNotice error={mutation.error} />}
      <Button loading={mutation.isPending} onClick={() => mutation.mutate(token)}>
        {action}
      </Button>
    </Stack>
  );
}

function LinkIsSpent() {
  return (
    <Stack>
      <Title order={1} size="h3">
        This link does not work
      </Title>
      <Text>It was used, it is too old, or the change was cancelled or requested again.</Text>
      <Anchor renderRoot={(props) => <Link to="/settings/security" {...props} />}>
        Go to the settings
      </Anchor>
    </Stack>
  );
}
