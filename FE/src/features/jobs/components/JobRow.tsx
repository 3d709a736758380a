import { Box, Group, Text } from "@mantine/core";

import { JobProgress } from "@/components/JobProgress";
import { formatDayAndTime } from "@/lib/format/dates";
import { isActive, type Job } from "@/lib/jobs";

import { nameOf, outcomeText } from "../jobsText";

/** A job with its progress bar, or with its outcome. */
export function JobRow({ job }: { job: Job }) {
  const name = nameOf(job);
  return (
    <Box component="li" style={{ listStyle: "none" }}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {formatDayAndTime(job.created_at)}
        </Text>
      </Group>
      {isActive(job) ? (
        <JobProgress job={job} label={name} />
      ) : (
        <Text size="sm" c={job.state === "failed" ? "red" : "dimmed"}>
          {outcomeText(job)}
        </Text>
      )}
    </Box>
  );
}
