import "@mantine/core/styles/Progress.layer.css";

import { Button, Group, Progress, Stack, Text } from "@mantine/core";

import { type Job, useCancelJob } from "@/lib/jobs";

interface Props {
  job: Pick<Job, "id" | "state" | "progress" | "note">;
  /** What the job does, for screen readers. */
  label: string;
}

/** The progress of a queued or running job, which can be cancelled. */
export function JobProgress({ job: { id, state, progress, note }, label }: Props) {
  const cancel = useCancelJob();
  return (
    <Stack gap={4} w="100%">
      <Progress.Root>
        <Progress.Section
          value={Math.round((progress ?? 0) * 100)}
          animated={state === "running"}
          aria-label={label}
        />
      </Progress.Root>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {state === "queued" ? "waiting for its turn" : (note ?? "")}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          loading={cancel.isPending}
          disabled={cancel.isSuccess}
          onClick={() => cancel.mutate(id)}
        >
          {cancel.isSuccess ? "Being stopped" : "Stop it"}
        </Button>
      </Group>
    </Stack>
  );
}
