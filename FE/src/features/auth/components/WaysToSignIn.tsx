import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";

import { providersQuery, useLinkProvider, waysQuery } from "../api/providers";
import { arrivalMessage } from "../arrivalFailures";
import { WayCard } from "./WayCard";

interface Props {
  /** Why the user came back from a provider without linking it. */
  failure?: string | undefined;
}

export function WaysToSignIn({ failure }: Props) {
  const ways = useQuery(waysQuery);
  const { data: providers = [] } = useQuery(providersQuery);
  const link = useLinkProvider();
  // passkeys have their own list
  const listed = ways.data?.filter(({ kind }) => kind !== "passkey") ?? [];

  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        Ways to sign in
      </Title>
      {failure !== undefined && (
        <Alert color="red" role="alert">
          {arrivalMessage(failure)}
        </Alert>
      )}
      {ways.isPending && <LoadingNotice rows={2} isPaused={ways.isPaused} />}
      {ways.isLoadingError && (
        <ErrorNotice error={ways.error} onRetry={() => void ways.refetch()} />
      )}
      {listed.length > 0 && (
        <Stack component="ul" gap="xs" p={0} m={0} aria-label="Ways to sign in">
          {listed.map((way) => (
            <WayCard key={way.id} way={way} isLast={ways.data?.length === 1} />
          ))}
        </Stack>
      )}
      {ways.data && ways.data.length > listed.length && (
        <Text size="sm" c="dimmed">
          Your passkeys, listed above, are ways to sign in too.
        </Text>
      )}
      {ways.data?.length === 1 && (
        <Text size="sm" c="dimmed">
          The last way to sign in cannot be removed.
        </Text>
      )}
      <Group>
        {providers.map(({ name, title }) => (
          <Button
            key={name}
            variant="light"
            loading={link.isPending && link.variables === name}
            onClick={() => link.mutate(name)}
          >
            Link {title}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}
