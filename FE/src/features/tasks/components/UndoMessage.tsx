import { Button, Group, Text } from "@mantine/core";

import type { Task } from "../api/tasks";

interface Props {
  tasks: Task[];
  onUndo: () => void;
}

/** A message that tasks were deleted, with a button to undo it. */
export function UndoMessage({ tasks, onUndo }: Props) {
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm" lineClamp={2}>
        {tasks.length === 1 ? `“${tasks[0]?.title ?? ""}” is` : `${tasks.length} tasks are`} in the
        trash
      </Text>
      <Button flex="none" size="compact-sm" variant="light" onClick={onUndo}>
        Undo
      </Button>
    </Group>
  );
}
