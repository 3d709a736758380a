import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import { lazyOverlay } from "@/components/lazyPart";
import { reportSuccess } from "@/lib/reports";

import { type SampleNote, useDeleteSampleNote } from "../api/sampleNotes";

const ChangeSampleNoteDialog = lazyOverlay(() => import("./ChangeSampleNoteDialog"));
const ConfirmDialog = lazyOverlay(() => import("@/components/ConfirmDialog"));

export function SampleNoteCard({ sampleNote }: { sampleNote: SampleNote }) {
  const [isChanging, changing] = useDisclosure();
  const [isAsking, asking] = useDisclosure();
  const deletion = useDeleteSampleNote();
  const { id, title, description } = sampleNote;
  const remove = () =>
    deletion.mutate(id, {
      onSuccess: () => reportSuccess(`“${title}” is deleted.`),
      onSettled: asking.close,
    });
  return (
    <Paper component="li" withBorder p="sm" style={{ listStyle: "none" }}>
      <Group justify="space-between" align="flex-start">
        <Stack gap={2} miw={0} flex="1 1 14rem" style={{ overflowWrap: "anywhere" }}>
          <Text fw={600}>{title}</Text>
          {description !== null && (
            <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-line" }} lineClamp={4}>
              {description}
            </Text>
          )}
        </Stack>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            aria-label={`Change ${title}`}
            onClick={changing.open}
          >
            Change
          </Button>
          <Button size="xs" variant="default" aria-label={`Delete ${title}`} onClick={asking.open}>
            Delete
          </Button>
        </Group>
      </Group>
      {isChanging && <ChangeSampleNoteDialog sampleNote={sampleNote} onClose={changing.close} />}
      {isAsking && (
        <ConfirmDialog
          title={`Delete “${title}”?`}
          action="Delete"
          isPending={deletion.isPending}
          onConfirm={remove}
          onClose={asking.close}
        >
          This cannot be undone.
        </ConfirmDialog>
      )}
    </Paper>
  );
}
