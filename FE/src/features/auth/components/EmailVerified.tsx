import { Anchor, Button, Loader, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { ErrorNotice } from "@/components/ErrorNotice";
import { hasCode } from "@/lib/api/errors";

import { verificationQuery } from "../api/verification";

/** The target of the link in the mail: verifies the address. */
export default function EmailVerified({ token }: { token: string }) {
  const verification = useQuery({ ...verificationQuery(token), enabled: token !== "" });

  if (token === "" || hasCode<"verify_email">(verification.error, "UNAUTHORIZED"))
    return (
      <Stack>
        <Title order={1} size="h3">
          This link does not work
        </Title>
        <Text>
          It is older than a day, or a newer one was sent. Ask for another in the settings.
        </Text>
        <Anchor renderRoot={(props) => <Link to="/settings/security" {...props} />}>
          Go to the settings
        </Anchor>
      </Stack>
    );
  if (verification.isError)
    return <ErrorNotice error={verification.error} onRetry={() => void verification.refetch()} />;
  if (verification.isPending) return <Loader role="status" aria-label="Verifying" />;
  return (
    <Stack>
      <Title order={1} size="h3">
        Your email is verified
      </Title>
      <Button renderRoot={(props) => <Link to="/" {...props} />}>Go to the tasks</Button>
    </Stack>
  );
}
