import { ActionIcon, Box, Group, Text } from "@mantine/core";
import { Undo2Icon } from "lucide-react";
import { memo } from "react";

import type { Task } from "../../api/tasks";
import { SelectBox } from "../SelectBox";
import { expiryText } from "./expiry";
import classes from "./TrashRow.module.css";

interface Props {
  task: Task;
  mayWrite: boolean;
  isSelected: boolean;
  onToggle: (id: string, toAnchor: boolean) => void;
  onRestore: (tasks: Task[]) => void;
}

export const TrashRow = memo(function TrashRow({
  task,
  mayWrite,
  isSelected,
  onToggle,
  onRestore,
}: Props) {
  return (
    <Group component="li" className={classes.row} wrap="nowrap" px="sm" py="xs">
      {mayWrite && <SelectBox task={task} checked={isSelected} onSelect={onToggle} />}
      <Box flex={1} miw={0}>
        <Text truncate>{task.title}</Text>
        <Text size="xs" c="dimmed">
          {expiryText(task, new Date())}
        </Text>
      </Box>
      {mayWrite && (
        <ActionIcon
          variant="subtle"
          size="lg"
          aria-label={`Restore: ${task.title}`}
          onClick={() => onRestore([task])}
        >
          <Undo2Icon size={18} />
        </ActionIcon>
      )}
    </Group>
  );
});
