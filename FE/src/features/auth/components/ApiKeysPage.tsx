import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { KeyRoundIcon } from "lucide-react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { lazyOverlay } from "@/components/lazyPart";
import { LoadingNotice } from "@/components/LoadingNotice";

import { apiKeysQuery } from "../api/apiKeys";
import { ApiKeyCard } from "./ApiKeyCard";

const CreateApiKeyDialog = lazyOverlay(() => import("./CreateApiKeyDialog"));

export default function ApiKeysPage() {
  const [isCreating, { open, close }] = useDisclosure();
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        With an API key a script acts for you, within the scopes that you give it. No key can change
        your password, your email, your sessions or other keys.
      </Text>
      <Group>
        <Button onClick={open}>Make an API key</Button>
      </Group>
      <ApiKeys />
      {isCreating && <CreateApiKeyDialog onClose={close} />}
    </Stack>
  );
}

function ApiKeys() {
  const keys = useInfiniteQuery(apiKeysQuery);

  if (keys.isPending) return <LoadingNotice rows={3} isPaused={keys.isPaused} />;
  if (keys.isLoadingError)
    return <ErrorNotice error={keys.error} onRetry={() => void keys.refetch()} />;
  const items = keys.data.pages.flatMap((page) => page.items);
  if (items.length === 0)
    return (
      <EmptyNotice title="No API keys" icon={<KeyRoundIcon size={28} />}>
        Make one for a script that works with your tasks.
      </EmptyNotice>
    );
  return (
    <Stack component="ul" gap="xs" p={0} m={0} aria-label="API keys">
      {items.map((key) => (
        <ApiKeyCard key={key.id} apiKey={key} />
      ))}
    </Stack>
  );
}
