import { Button, Group, Stack, Text } from "@mantine/core";

import { JobProgress } from "@/components/JobProgress";
import { formatDayAndTime } from "@/lib/format/dates";
import { formatSize } from "@/lib/format/sizes";
import { isActive } from "@/lib/jobs";

import { type Export, useDownloadExport, useRequestExport } from "../api/exports";

/** The state of the newest export of the last day, and its actions. */
export function NewestExport({ newest }: { newest: Export | undefined }) {
  const request = useRequestExport();
  const download = useDownloadExport();
  const isMaking = newest !== undefined && isActive(newest);
  const file = newest?.result;
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" role="status">
        {newest ? statusOf(newest) : ""}
      </Text>
      {isMaking && <JobProgress job={newest} label="Making your file" />}
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
  if (state === "cancelled") return "Your file was not made: it was stopped.";
  return "Your file is being made. You may leave this page: a mail says when it is ready.";
}
