import { Checkbox, SimpleGrid, TextInput } from "@mantine/core";

import type { WebhookForm } from "../useWebhookForm";

interface Props {
  form: WebhookForm;
  knownEvents: string[];
}

export function WebhookFields({ form, knownEvents }: Props) {
  return (
    <>
      <TextInput
        label="Address"
        description="Where the program listens, such as https://example.com/hook"
        type="url"
        autoComplete="off"
        data-autofocus
        key={form.key("url")}
        {...form.getInputProps("url")}
      />
      <Checkbox.Group label="Events" key={form.key("events")} {...form.getInputProps("events")}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" my="xs">
          {knownEvents.map((event) => (
            <Checkbox key={event} value={event} label={event} />
          ))}
        </SimpleGrid>
      </Checkbox.Group>
      <Checkbox
        label="In order"
        description="A message about a task waits until the one before it has arrived"
        key={form.key("ordered")}
        {...form.getInputProps("ordered", { type: "checkbox" })}
      />
    </>
  );
}
