import { Button, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { lazyOverlay } from "@/components/lazyPart";
import { reportSuccess } from "@/lib/reports";

import { useDeleteWebhook, useRotateSecret, useTestWebhook, type Webhook } from "../api/webhooks";
import { Attempts } from "./Attempts";

const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));
const EditWebhookDialog = lazyOverlay(() => import("./EditWebhookDialog"));
const NewSecret = lazyOverlay(() => import("./NewSecret"));

interface Props {
  webhook: Webhook;
  knownEvents: string[];
}

export function WebhookActions({ webhook, knownEvents }: Props) {
  const { id, url, enabled } = webhook;
  const [isEditing, editing] = useDisclosure();
  const [isDeleting, deleting] = useDisclosure();
  const [showsAttempts, attempts] = useDisclosure();
  const deletion = useDeleteWebhook();
  const rotation = useRotateSecret();
  const test = useTestWebhook();
  return (
    <>
      <Group gap="xs">
        <Button size="xs" variant="default" aria-expanded={showsAttempts} onClick={attempts.toggle}>
          Attempts
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={`Edit the webhook ${url}`}
          onClick={editing.open}
        >
          Edit
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={!enabled}
          loading={test.isPending}
          onClick={() =>
            test.mutate(id, { onSuccess: () => reportSuccess("The test event is being sent.") })
          }
        >
          Send a test
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={rotation.isPending}
          onClick={() => rotation.mutate(id)}
        >
          New secret
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={`Delete the webhook ${url}`}
          onClick={deleting.open}
        >
          Delete
        </Button>
      </Group>
      {showsAttempts && <Attempts webhook={webhook} />}
      {isEditing && (
        <EditWebhookDialog webhook={webhook} knownEvents={knownEvents} onClose={editing.close} />
      )}
      {rotation.data && <NewSecret secret={rotation.data.secret} onClose={rotation.reset} />}
      {isDeleting && (
        <ConfirmDialog
          title="Delete this webhook?"
          action="Delete"
          isPending={deletion.isPending}
          onConfirm={() => deletion.mutate(id, { onSettled: deleting.close })}
          onClose={deleting.close}
        >
          {`Nothing more is sent to ${url}, and the record of its attempts is deleted.`}
        </ConfirmDialog>
      )}
    </>
  );
}
