import { Skeleton, Stack } from "@mantine/core";

interface Props {
  rows?: number;
}

export function LoadingNotice({ rows = 6 }: Props) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={44} />
      ))}
    </Stack>
  );
}
