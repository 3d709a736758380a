import "@mantine/core/styles/Code.layer.css";

import { Code, Text } from "@mantine/core";

import { OneTimeSecret } from "@/components/OneTimeSecret";

import { curlOf } from "../apiKeys";

interface Props {
  apiKey: string;
  onClose: () => void;
}

export function NewApiKey({ apiKey, onClose }: Props) {
  return (
    <OneTimeSecret
      title="Your new API key"
      label="API key"
      copyLabel="Copy the key"
      value={apiKey}
      onClose={onClose}
    >
      <Text size="sm">A script sends it with each request:</Text>
      <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {curlOf(apiKey, location.origin)}
      </Code>
    </OneTimeSecret>
  );
}
