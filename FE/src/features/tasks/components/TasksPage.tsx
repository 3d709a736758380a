import { Container, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadingNotice } from "@/components/LoadingNotice";
import { PageTitle } from "@/components/PageTitle";

import { tasksQuery } from "../api/tasks";

export function TasksPage() {
  const tasks = useInfiniteQuery(tasksQuery({}));

  if (tasks.isPending) return <LoadingNotice />;
  if (tasks.isError)
    return <ErrorNotice error={tasks.error} onRetry={() => void tasks.refetch()} />;
  const items = tasks.data.pages.flatMap((page) => page.items);
  return (
    <Container size="md">
      <PageTitle>Tasks</PageTitle>
      {items.length === 0 && <EmptyNotice title="Nothing to do" />}
      <Stack gap="xs">
        {items.map((task) => (
          <Text key={task.id}>{task.title}</Text>
        ))}
      </Stack>
    </Container>
  );
}
