import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { newIdempotencyKey } from "@/lib/api/client";
import { reportSuccess } from "@/lib/reports";

import { type Import, useCheckImport, useImportTasks } from "../../api/importTasks";
import { FileChooser } from "./FileChooser";
import { ImportFaults } from "./ImportFaults";
import { ImportPreview } from "./ImportPreview";
import { tasksText } from "../../tasksText";

/** A file is checked before anything is made of it. */
export default function ImportDialog({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState<Import | null>(null);
  const check = useCheckImport();
  const importTasks = useImportTasks();
  const choose = (file: File) => {
    const next = { file, idempotencyKey: newIdempotencyKey() };
    setChosen(next);
    importTasks.reset();
    check.mutate(next);
  };
  const run = (wanted: Import) =>
    importTasks.mutate(wanted, {
      onSuccess: ({ imported }) => {
        reportSuccess(`${tasksText(imported)} imported`);
        onClose();
      },
    });
  const error = importTasks.error ?? check.error;
  const canImport = chosen !== null && check.isSuccess && check.data.rows > 0;
  return (
    <Dialog title="Import tasks" onClose={onClose} isPending={importTasks.isPending} size="lg">
      <Stack>
        <FileChooser chosen={chosen?.file ?? null} onChoose={choose} />
        <Stack gap="xs" aria-live="polite">
          {check.isPending && (
            <Group gap="xs">
              <Loader size="xs" />
              <Text size="sm">Checking the file …</Text>
            </Group>
          )}
          {check.isSuccess && error === null && <ImportPreview result={check.data} />}
          {error !== null && <ImportFaults error={error} />}
        </Stack>
        <DialogActions isPending={importTasks.isPending} onClose={onClose}>
          <Button
            disabled={!canImport}
            loading={importTasks.isPending}
            onClick={() => chosen && run(chosen)}
          >
            {canImport ? `Import ${tasksText(check.data.rows)}` : "Import"}
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}
