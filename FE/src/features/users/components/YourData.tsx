import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";

import { exportsQuery } from "../api/exports";
import { NewestExport } from "./NewestExport";

/** Everything that is stored about the user, as a file. */
export function YourData() {
  const exports = useQuery(exportsQuery);
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Your data
      </Title>
      <Text size="sm" c="dimmed">
        A file with everything that is stored about you: your account, your tasks, where you signed
        in and what was recorded about it.
      </Text>
      {exports.isPending ? (
        <LoadingNotice rows={1} isPaused={exports.isPaused} />
      ) : exports.isLoadingError ? (
        <ErrorNotice error={exports.error} onRetry={() => void exports.refetch()} />
      ) : (
        <NewestExport newest={exports.data.items[0]} />
      )}
    </Stack>
  );
}
