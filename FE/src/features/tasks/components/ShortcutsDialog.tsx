import "@mantine/core/styles/Modal.layer.css";
import "@mantine/core/styles/ModalBase.layer.css";

import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";

const SHORTCUTS: [string[], string][] = [
  [["n"], "Add a task"],
  [["/"], "Search"],
  [["j", "↓"], "Next task"],
  [["k", "↑"], "Previous task"],
  [["Enter"], "Open the details"],
  [["x"], "Done, or not done"],
  [["e"], "Edit the title"],
  [["s"], "Status"],
  [["p"], "Priority"],
  [["d"], "Due date"],
  [["t"], "Tags"],
  [["a"], "Assignee, in a team"],
  [["v"], "Select"],
  [["Shift", "v"], "Select up to here"],
  [["Esc"], "Select nothing"],
  [["Delete"], "Move to the trash"],
  [["?"], "Show the keys"],
];

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keys" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="xs">
        {SHORTCUTS.map(([keys, meaning]) => (
          <Group key={meaning} justify="space-between">
            <Text size="sm">{meaning}</Text>
            <Group gap={4}>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </Group>
          </Group>
        ))}
      </Stack>
    </Modal>
  );
}
