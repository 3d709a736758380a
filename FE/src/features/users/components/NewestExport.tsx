import { Button, Group, Loader, Stack, Text } from "@mantine/core";

import { formatDayAndTime } from "@/lib/format/dates";
import { formatSize } from "@/lib/format/sizes";

import { type Export, isBeingMade, useDownloadExport, useRequestExport } from "../api/exports";

/** Where the newest export of a day stands, and what can be done with it. */
export function NewestExport({ newest }: { newest: Export | undefined }) {
  const request = useRequestExport();
  const download = useDownloadExport();
  const isMaking = newest !== undefined && isBeingMade(newest);
  const file = newest?.result;
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" role="status">
        {newest ? statusOf(newest) : ""}
      </Text>
      {isMaking && <Loader size="sm" aria-hidden />}
      <Group gap="xs">
        {newest && file && (
          <Button
            variant="light"
            loading={download.isPending}
            onClick={() => download.mutate(newest.id)}
          >
            Download ({formatSize(file.size)})
          </Button>
        )}
        {!isMaking && (
          <Button
            variant={file ? "default" : "light"}
            loading={request.isPending}
            onClick={() => request.mutate()}
          >
            {file ? "Make a new file" : "Make the file"}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function statusOf({ state, error, result }: Export): string {
  if (result)
    return `Your file is ready. It can be downloaded until ${formatDayAndTime(result.expires_at)}.`;
  if (state === "failed") return `Your file could not be made. ${error ?? ""}.`;
  return "Your file is being made. You may leave this page: a mail says when it is ready.";
}
