import { Anchor, Group, Paper, Progress, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Figure, Figures } from "@/components/Figures";

import type { TaskStats } from "../api/stats";
import type { TaskStatus } from "../api/tasks";
import { useTasksAddress } from "../addresses";
import type { TaskSearch } from "../search";
import { STATUS_LABELS } from "../words";

const COLORS: Record<TaskStatus, string> = {
  todo: "gray.6",
  in_progress: "yellow.7",
  done: "teal.7",
};

export function StatsFigures({ stats }: { stats: TaskStats }) {
  return (
    <>
      <Figures>
        <Figure label="Tasks">{stats.total}</Figure>
        <Figure label="Overdue">
          <LinkToTasks search={{ due: "overdue" }}>{stats.overdue}</LinkToTasks>
        </Figure>
        <Figure label="Due today">
          <LinkToTasks search={{ due: "today" }}>{stats.due_today}</LinkToTasks>
        </Figure>
        <Figure label="Done this week">{stats.completed_this_week}</Figure>
      </Figures>
      {stats.total > 0 && <StatusBar stats={stats} />}
    </>
  );
}

/** The share of each status among the tasks. */
function StatusBar({ stats }: { stats: TaskStats }) {
  const statuses = Object.keys(STATUS_LABELS) as TaskStatus[];
  return (
    <Paper withBorder p="md" mb="lg">
      <Text component="h2" fw={600} mb="sm">
        By status
      </Text>
      <Progress.Root size="xl" aria-hidden>
        {statuses.map((status) => (
          <Progress.Section
            key={status}
            withAria={false}
            value={(100 * stats[status]) / stats.total}
            color={COLORS[status]}
          />
        ))}
      </Progress.Root>
      <Group gap="lg" mt="sm">
        {statuses.map((status) => (
          <Text key={status} size="sm">
            <Text span c={COLORS[status]} aria-hidden>
              ●{" "}
            </Text>
            <LinkToTasks search={{ status: [status] }}>{STATUS_LABELS[status]}</LinkToTasks>:{" "}
            {stats[status]}
          </Text>
        ))}
      </Group>
    </Paper>
  );
}

function LinkToTasks({ search, children }: { search: TaskSearch; children: ReactNode }) {
  const address = useTasksAddress();
  return (
    <Anchor inherit renderRoot={(props) => <Link {...address} search={search} {...props} />}>
      {children}
    </Anchor>
  );
}
