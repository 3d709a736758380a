import { Skeleton, Stack } from "@mantine/core";

import { OfflineNotice } from "./OfflineNotice";

interface Props {
  rows?: number;
  /** Whether it waits for the network. */
  isPaused?: boolean;
}

export function LoadingNotice({ rows = 6, isPaused = false }: Props) {
  if (isPaused) return <OfflineNotice />;
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={44} />
      ))}
    </Stack>
  );
}
