import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages, hasCode } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";

import { useChangeWebhook, type Webhook } from "../api/webhooks";
import { useWebhookForm } from "../useWebhookForm";
import { WebhookFields } from "./WebhookFields";

interface Props {
  /** The newest version; a save applies only to the version that the user saw. */
  webhook: Webhook;
  knownEvents: string[];
  onClose: () => void;
}

export default function EditWebhookDialog({ webhook, knownEvents, onClose }: Props) {
  const change = useChangeWebhook();
  const [base, setBase] = useState(webhook);
  const form = useWebhookForm(webhook);
  const isConflict = hasCode<"change_webhook">(change.error, "PRECONDITION_FAILED");

  function save(version: number) {
    change.mutate(
      { id: webhook.id, version, changes: form.getValues() },
      {
        onSuccess: () => {
          reportSuccess("The webhook was saved.");
          onClose();
        },
        onError: (error) => form.setErrors(fieldMessages(error)),
      },
    );
  }
  function takeNewer() {
    const { url, events, ordered } = webhook;
    form.setValues({ url, events, ordered });
    setBase(webhook);
    change.reset();
  }
  return (
    <Dialog title="Edit the webhook" onClose={onClose} isPending={change.isPending}>
      <form onSubmit={form.onSubmit(() => save(base.version))} noValidate>
        <Stack>
          {!isConflict && <FormError error={change.error} form={form} />}
          {isConflict && webhook.version > base.version && (
            <Alert color="yellow" title="It has changed meanwhile" role="alert">
              <Text size="sm" mb="xs" style={{ overflowWrap: "anywhere" }}>
                Now: {webhook.url}, {webhook.events.join(", ")}.
              </Text>
              <Group gap="xs">
                <Button size="xs" onClick={() => save(webhook.version)}>
                  Save mine
                </Button>
                <Button size="xs" variant="default" onClick={takeNewer}>
                  Take the newer one
                </Button>
              </Group>
            </Alert>
          )}
          <WebhookFields form={form} knownEvents={knownEvents} />
          <DialogActions isPending={change.isPending} onClose={onClose}>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
