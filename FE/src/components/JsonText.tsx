import "@mantine/core/styles/Code.layer.css";

import { Code } from "@mantine/core";

/** A value as JSON, to be read. */
export function JsonText({ value }: { value: unknown }) {
  return (
    <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {JSON.stringify(value, null, 2)}
    </Code>
  );
}
