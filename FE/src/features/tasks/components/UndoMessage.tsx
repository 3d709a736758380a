import { Button, Group, Text } from "@mantine/core";

import type { Task } from "../api/tasks";

interface Props {
  tasks: Task[];
  onUndo: () => void;
}

/** Says that tasks were deleted, and offers the way back. */
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
