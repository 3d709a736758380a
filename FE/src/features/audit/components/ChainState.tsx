import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { StateNotice } from "@/components/StateNotice";

import { trailStateQuery } from "../api/trail";

/** Whether the trail can be trusted. */
export function ChainState() {
  const state = useQuery(trailStateQuery());
  if (state.isPending) return <LoadingNotice rows={2} isPaused={state.isPaused} />;
  if (state.isError && state.data === undefined)
    return <ErrorNotice error={state.error} onRetry={() => void state.refetch()} />;
  const { entries, head, sealed, verified, is_whole, fault } = state.data;
  return (
    <StateNotice
      state={is_whole ? "good" : "bad"}
      title={is_whole ? "The chain is whole" : "The chain is broken"}
    >
      {fault !== null && (
        <Text size="sm" fw={600}>
          {fault}
        </Text>
      )}
      <Group justify="space-between" align="flex-end" gap="xs">
        <div>
          <Text size="sm">
            {entries} recorded, {sealed} of them in archives; the newest {verified} were verified
            just now.
          </Text>
          <Text size="xs" style={{ overflowWrap: "anywhere" }}>
            Head {head}
          </Text>
        </div>
        <Button
          size="xs"
          variant="default"
          loading={state.isFetching}
          onClick={() => void state.refetch()}
        >
          Verify again
        </Button>
      </Group>
    </StateNotice>
  );
}
