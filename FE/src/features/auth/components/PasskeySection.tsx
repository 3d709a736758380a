import { Alert, Anchor, Button, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { passkeysQuery, useAddPasskey } from "../api/passkeys";
import { pageWithPasskeys, supportsPasskeys } from "../passkeyCeremony";
import { PasskeyCard } from "./PasskeyCard";

export function PasskeySection() {
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Passkeys
      </Title>
      <Text size="sm" c="dimmed">
        Sign in by fingerprint, face or screen lock, without a password. A passkey cannot be guessed
        or given away to a wrong site.
      </Text>
      <PasskeyList />
      {supportsPasskeys() ? <AddPasskey /> : <NoPasskeysHere />}
    </Stack>
  );
}

function PasskeyList() {
  const passkeys = useQuery(passkeysQuery);
  if (passkeys.isPending) return <LoadingNotice rows={1} isPaused={passkeys.isPaused} />;
  if (passkeys.isLoadingError)
    return <ErrorNotice error={passkeys.error} onRetry={() => void passkeys.refetch()} />;
  const { items } = passkeys.data;
  if (items.length === 0) return <Text size="sm">You have no passkey yet.</Text>;
  return (
    <Stack component="ul" gap="xs" p={0} m={0} w="100%" aria-label="Passkeys">
      {items.map((passkey) => (
        <PasskeyCard key={passkey.id} passkey={passkey} />
      ))}
    </Stack>
  );
}

function AddPasskey() {
  const add = useAddPasskey();
  return (
    <>
      {add.isError && (
        <Alert color="red" role="alert">
          {messageOf(add.error)}
        </Alert>
      )}
      <Button
        variant="light"
        loading={add.isPending}
        onClick={() =>
          add.mutate(undefined, {
            onSuccess: (passkey) => passkey && reportSuccess(`“${passkey.name}” is added.`),
          })
        }
      >
        Add a passkey
      </Button>
    </>
  );
}

function NoPasskeysHere() {
  const page = pageWithPasskeys();
  return (
    <Text size="sm">
      {page === null ? (
        "This browser cannot make passkeys at this address."
      ) : (
        <>
          Passkeys need a host name, not an IP address. Open{" "}
          <Anchor href={page} style={{ overflowWrap: "anywhere" }}>
            {page}
          </Anchor>{" "}
          to add one.
        </>
      )}
    </Text>
  );
}
