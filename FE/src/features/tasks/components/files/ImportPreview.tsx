import { Box, Paper, Text } from "@mantine/core";

import type { ImportResult } from "../../api/importTasks";
import { dueOf, dueText } from "../../due";
import { PRIORITY_LABELS, STATUS_LABELS } from "../../words";
import { tasksText } from "../../tasksText";

/** The tasks that an import would create. */
export function ImportPreview({ result: { rows, preview } }: { result: ImportResult }) {
  if (rows === 0) return <Text>There are no tasks in this file.</Text>;
  return (
    <>
      <Text fw={500}>{tasksText(rows)} will be created:</Text>
      <Paper withBorder component="ul" m={0} px="sm" py="xs" style={{ listStyle: "none" }}>
        {preview.map((task, index) => (
          <Box component="li" key={index} py={4}>
            <Text truncate>{task.title}</Text>
            <Text size="xs" c="dimmed" truncate>
              {factsOf(task)}
            </Text>
          </Box>
        ))}
      </Paper>
      {rows > preview.length && (
        <Text size="sm" c="dimmed">
          and {tasksText(rows - preview.length)} more
        </Text>
      )}
    </>
  );
}

function factsOf(task: ImportResult["preview"][number]): string {
  const due = dueOf(task);
  return [
    STATUS_LABELS[task.status],
    ...(task.priority === "none" ? [] : [PRIORITY_LABELS[task.priority]]),
    ...(due ? [dueText(due, new Date())] : []),
    ...task.tags,
  ].join(" · ");
}
