import "@mantine/core/styles/Modal.layer.css";
import "@mantine/core/styles/ModalBase.layer.css";
import "@mantine/core/styles/Radio.layer.css";

import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";

import { useNow } from "@/lib/useNow";

import { useChangeTask } from "../api/changeTask";
import type { TaskConflict } from "../api/conflicts";
import type { TaskChanges } from "../api/tasks";
import { useMembers } from "../useMembers";
import { type Difference, differencesOf, type Side } from "../conflict";

interface Props {
  conflict: TaskConflict;
  onClose: () => void;
}

/** Both versions of a task, field by field; the chosen values are saved over the newer version. */
export default function ConflictDialog({ conflict, onClose }: Props) {
  const change = useChangeTask();
  const now = useNow();
  const { data: members } = useMembers();
  const differences = useMemo(
    () => differencesOf(conflict, now, members),
    [conflict, now, members],
  );
  const [sides, setSides] = useState(differences.map(({ changedBy }) => changedBy));
  const save = () => {
    const mine = differences.filter((_, index) => sides[index] === "mine");
    const changes = mine.reduce<TaskChanges>((all, part) => ({ ...all, ...part.changes }), {});
    onClose();
    change(conflict.current, changes);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      title="Somebody else has changed this task"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack>
        <Text size="sm">
          “{conflict.current.title}” was changed after you opened it. Choose what to keep.
        </Text>
        {differences.map((difference, index) => (
          <Choice
            key={difference.label}
            difference={difference}
            value={sides[index] ?? "mine"}
            onChange={(side) => setSides(sides.with(index, side))}
          />
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep theirs
          </Button>
          <Button onClick={save} data-autofocus>
            Save
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface ChoiceProps {
  difference: Difference;
  value: Side;
  onChange: (side: Side) => void;
}

function Choice({ difference: { label, mine, theirs }, value, onChange }: ChoiceProps) {
  return (
    <Radio.Group label={label} value={value} onChange={(side) => onChange(side)}>
      <Stack gap={6} mt={6}>
        <Radio value="mine" label={`Yours: ${mine}`} />
        <Radio value="theirs" label={`Theirs: ${theirs}`} />
      </Stack>
    </Radio.Group>
  );
}
