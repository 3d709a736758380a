import { Button, Checkbox, NativeSelect, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { FormError } from "@/components/FormError";
import { fieldMessages } from "@/lib/api/errors";
import { useUser } from "@/lib/useSession";

import { type Scope, useCreateApiKey } from "../api/apiKeys";
import { expiryAfter, LIFE_OPTIONS, scopeOptions } from "../apiKeys";
import { NewApiKey } from "./NewApiKey";

const EMPTY = { name: "", scopes: [] as Scope[], expires_at: "90" };

export default function CreateApiKeyDialog({ onClose }: { onClose: () => void }) {
  const { role } = useUser();
  const creation = useCreateApiKey();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: EMPTY,
    validate: {
      name: isNotEmpty("Enter a name"),
      scopes: (scopes) => (scopes.length > 0 ? null : "Choose what the key may do"),
    },
  });
  const submit = form.onSubmit(({ expires_at, ...fields }) =>
    creation.mutate(
      { ...fields, expires_at: expiryAfter(expires_at) },
      { onError: (error) => form.setErrors(fieldMessages(error)) },
    ),
  );
  if (creation.data) return <NewApiKey apiKey={creation.data.key} onClose={onClose} />;
  return (
    <Dialog title="Make an API key" onClose={onClose} isPending={creation.isPending}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <FormError error={creation.error} form={form} />
          <TextInput
            label="Name"
            description="What it is for, such as “nightly report”"
            autoComplete="off"
            data-autofocus
            key={form.key("name")}
            {...form.getInputProps("name")}
          />
          <Checkbox.Group
            label="The key may"
            key={form.key("scopes")}
            {...form.getInputProps("scopes")}
          >
            <Stack gap="xs" mt="xs">
              {scopeOptions(role).map(({ value, label }) => (
                <Checkbox key={value} value={value} label={label} description={value} />
              ))}
            </Stack>
          </Checkbox.Group>
          <NativeSelect
            label="Expires"
            data={LIFE_OPTIONS}
            key={form.key("expires_at")}
            {...form.getInputProps("expires_at")}
          />
          <DialogActions isPending={creation.isPending} onClose={onClose}>
            <Button type="submit" loading={creation.isPending}>
              Make the key
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
