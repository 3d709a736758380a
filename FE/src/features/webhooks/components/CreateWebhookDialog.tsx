import { Button, Stack } from "@mantine/core";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";

import { useCreateWebhook } from "../api/webhooks";
import { useWebhookForm } from "../useWebhookForm";
import NewSecret from "./NewSecret";
import { WebhookFields } from "./WebhookFields";

interface Props {
  knownEvents: string[];
  onClose: () => void;
}

export default function CreateWebhookDialog({ knownEvents, onClose }: Props) {
  const creation = useCreateWebhook();
  const form = useWebhookForm({ url: "", events: [], ordered: false });
  const submit = form.onSubmit((choices) =>
    creation.mutate(choices, { onError: (error) => form.setErrors(fieldMessages(error)) }),
  );
  if (creation.data) return <NewSecret secret={creation.data.secret} onClose={onClose} />;
  return (
    <Dialog title="Add a webhook" onClose={onClose} isPending={creation.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={creation.error} form={form} />
          <WebhookFields form={form} knownEvents={knownEvents} />
          <DialogActions isPending={creation.isPending} onClose={onClose}>
            <Button type="submit" loading={creation.isPending}>
              Add the webhook
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
