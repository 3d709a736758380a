import { Alert, List } from "@mantine/core";

import { fieldMessages, messageOf } from "@/lib/api/errors";

interface Props {
  error: unknown;
  form: { getInitialValues: () => object };
}

/** Why a form was refused; nothing if each message is shown at its field. */
export function FormError({ error, form }: Props) {
  if (error === null || error === undefined) return null;
  const messages = Object.entries(fieldMessages(error));
  const fields = form.getInitialValues();
  const elsewhere = messages.filter(([field]) => !(field in fields));
  if (messages.length > 0 && elsewhere.length === 0) return null;
  return (
    <Alert color="red" role="alert" title={messageOf(error)}>
      {elsewhere.length > 0 && (
        <List size="sm">
          {elsewhere.map(([field, message]) => (
            <List.Item key={field}>
              {field}: {message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
