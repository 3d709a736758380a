import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { WebhookIcon } from "lucide-react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { lazyOverlay } from "@/components/lazyPart";
import { LoadingNotice } from "@/components/LoadingNotice";

import { webhooksQuery } from "../api/webhooks";
import { WebhookCard } from "./WebhookCard";

const CreateWebhookDialog = lazyOverlay(() => import("./CreateWebhookDialog"));

export default function WebhooksPage() {
  const [isCreating, { open, close }] = useDisclosure();
  const webhooks = useQuery(webhooksQuery);
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        A webhook tells another program what has changed. Each message is signed, so that the
        program can verify who sent it.
      </Text>
      <Group>
        <Button onClick={open} disabled={!webhooks.data}>
          Add a webhook
        </Button>
      </Group>
      <Webhooks />
      {isCreating && webhooks.data && (
        <CreateWebhookDialog knownEvents={webhooks.data.known_events} onClose={close} />
      )}
    </Stack>
  );
}

function Webhooks() {
  const webhooks = useQuery(webhooksQuery);

  if (webhooks.isPending) return <LoadingNotice rows={3} isPaused={webhooks.isPaused} />;
  if (webhooks.isLoadingError)
    return <ErrorNotice error={webhooks.error} onRetry={() => void webhooks.refetch()} />;
  if (webhooks.data.items.length === 0)
    return (
      <EmptyNotice title="No webhooks" icon={<WebhookIcon size={28} />}>
        Add one for a program that should know what changes.
      </EmptyNotice>
    );
  return (
    <Stack component="ul" gap="xs" p={0} m={0} aria-label="Webhooks">
      {webhooks.data.items.map((webhook) => (
        <WebhookCard key={webhook.id} webhook={webhook} knownEvents={webhooks.data.known_events} />
      ))}
    </Stack>
  );
}
