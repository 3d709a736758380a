import { Button, Stack, Text } from "@mantine/core";

import { report } from "@/lib/reports";

interface Unsaved {
  title: string;
  reason: string;
  /** The text that the user typed, so that it is not lost. */
  typed?: string | null | undefined;
  onRetry: () => void;
}

/** Report what was not saved, with a button to try again. */
export function reportUnsaved({ title, reason, typed, onRetry }: Unsaved): void {
  const hide = report({
    color: "red",
    title,
    autoClose: false,
    message: (
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{reason}</Text>
        {typed && (
          <Text size="sm" lineClamp={3}>
            {typed}
          </Text>
        )}
        <Button
          size="compact-sm"
          variant="light"
          color="red"
          onClick={() => {
            hide();
            onRetry();
          }}
        >
          Try again
        </Button>
      </Stack>
    ),
  });
}
