import "@mantine/core/styles/Popover.layer.css";

import { ActionIcon, Loader, Popover, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { HistoryIcon } from "lucide-react";

import { isActive, jobsQuery } from "@/lib/jobs";

import { JobRow } from "./JobRow";

/** The background jobs of the signed-in user; draws nothing if there are none. */
export default function JobsMenu() {
  const { data } = useQuery(jobsQuery);
  const jobs = data?.items ?? [];
  if (jobs.length === 0) return null;
  const running = jobs.filter(isActive).length;
  const label = running > 0 ? `Background work: ${running} going on` : "Background work";
  return (
    <Popover position="bottom-end" width={320} trapFocus returnFocus shadow="md">
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={34}
          radius="xl"
          aria-label={label}
          title={label}
        >
          {running > 0 ? <Loader size={18} /> : <HistoryIcon size={20} />}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Background work">
        <Stack component="ul" gap="sm" m={0} p={0} mah="60vh" style={{ overflowY: "auto" }}>
          {jobs.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </Stack>
        {running > 0 && (
          <Text size="xs" c="dimmed" mt="sm">
            It goes on when this page is closed.
          </Text>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
