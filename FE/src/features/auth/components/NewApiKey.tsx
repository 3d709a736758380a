import "@mantine/core/styles/Code.layer.css";

import {
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";

import { curlOf } from "../apiKeys";

interface Props {
  apiKey: string;
  onClose: () => void;
}

/** The key, once: only a button closes it, not a click beside it. */
export function NewApiKey({ apiKey, onClose }: Props) {
  return (
    <Modal
      opened
      onClose={onClose}
      title="Your new API key"
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
    >
      <Stack>
        <Alert color="yellow">Copy it now: nobody can show it again.</Alert>
        <TextInput
          label="API key"
          value={apiKey}
          readOnly
          data-autofocus
          onFocus={(event) => event.currentTarget.select()}
          styles={{ input: { fontFamily: "monospace" } }}
        />
        <Text size="sm">A script sends it with each request:</Text>
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {curlOf(apiKey, location.origin)}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={apiKey}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy the key"}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
