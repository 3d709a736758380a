import { isNotEmpty, useForm } from "@mantine/form";

import type { Webhook } from "./api/webhooks";

/** The fields of a webhook that its owner chooses. */
export type WebhookChoices = Pick<Webhook, "url" | "events" | "ordered">;

export type WebhookForm = ReturnType<typeof useWebhookForm>;

export const useWebhookForm = ({ url, events, ordered }: WebhookChoices) =>
  useForm<WebhookChoices>({
    mode: "uncontrolled",
    initialValues: { url, events, ordered },
    validate: {
      url: isNotEmpty("Enter an address"),
      events: (chosen) => (chosen.length > 0 ? null : "Choose at least one event"),
    },
  });
