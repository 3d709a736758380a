import { Button, Code, CopyButton, Group, SimpleGrid, Stack, Text } from "@mantine/core";

import { saveFile } from "@/lib/download";

interface Props {
  codes: string[];
  onClose: () => void;
}

/** The recovery codes, which cannot be shown again. */
export function RecoveryCodes({ codes, onClose }: Props) {
  const text = codes.join("\n") + "\n";
  return (
    <Stack>
      <Text size="sm">
        Each of these recovery codes signs you in once, when you have no app at hand. They are shown
        only now: keep them where you find them without your phone.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" role="list" aria-label="Recovery codes">
        {codes.map((code) => (
          <Code key={code} role="listitem" ta="center">
            {code}
          </Code>
        ))}
      </SimpleGrid>
      <Group>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default"
          onClick={() =>
            saveFile(new Blob([text], { type: "text/plain" }), "bounded-recovery-codes.txt")
          }
        >
          Download
        </Button>
      </Group>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have kept them</Button>
      </Group>
    </Stack>
  );
}
