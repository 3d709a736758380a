import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { JobProgress } from "@/components/JobProgress";
import { newIdempotencyKey } from "@/lib/api/client";
import { reportSuccess } from "@/lib/reports";

import { useImportOutcome } from "../../api/importOutcome";
import { type Import, useCheckImport, useImportTasks } from "../../api/importTasks";
import { taskKeys } from "../../api/tasks";
import { tasksText } from "../../tasksText";
import { FileChooser } from "./FileChooser";
import { ImportFaults } from "./ImportFaults";
import { ImportPreview } from "./ImportPreview";

/** A file is checked before it is imported. A large one is imported by a job. */
export default function ImportDialog({ onClose }: { onClose: () => void }) {
  const queryClient = useQueryClient();
  const [chosen, setChosen] = useState<Import | null>(null);
  const check = useCheckImport();
  const importTasks = useImportTasks();
  const checked = useImportOutcome(check.data);
  const imported = useImportOutcome(importTasks.data);
  const count = imported.result?.imported;

  useEffect(() => {
    if (count === undefined) return;
    void queryClient.invalidateQueries({ queryKey: taskKeys.all });
    reportSuccess(`${tasksText(count)} imported`);
    onClose();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when it is done
  }, [count]);

  const choose = (file: File) => {
    const next = { file, idempotencyKey: newIdempotencyKey() };
    setChosen(next);
    importTasks.reset();
    check.mutate(next);
  };
  // a key answers with its ended job for a day
  const run = ({ file, idempotencyKey }: Import) =>
    importTasks.mutate({
      file,
      idempotencyKey: importTasks.data ? newIdempotencyKey() : idempotencyKey,
    });
  const activeJob = imported.job ?? checked.job;
  const error = importTasks.error ?? imported.error ?? check.error ?? checked.error;
  const rows = checked.result?.rows ?? 0;
  return (
    <Dialog title="Import tasks" onClose={onClose} isPending={importTasks.isPending} size="lg">
      <Stack>
        {!activeJob && <FileChooser chosen={chosen?.file ?? null} onChoose={choose} />}
        <Stack gap="xs" aria-live="polite">
          {check.isPending && (
            <Group gap="xs">
              <Loader size="xs" />
              <Text size="sm">Checking the file …</Text>
            </Group>
          )}
          {checked.result && !imported.job && !error && <ImportPreview result={checked.result} />}
          {error && <ImportFaults error={error} />}
        </Stack>
        {activeJob ? (
          <>
            <Text size="sm">
              {imported.job
                ? "The file is large: its import goes on in the background, even when this is closed."
                : "The file is large: it is checked in the background."}
            </Text>
            <JobProgress
              job={activeJob}
              label={imported.job ? "Importing tasks" : "Checking the file"}
            />
            <Button variant="default" onClick={onClose} style={{ alignSelf: "flex-end" }}>
              Close
            </Button>
          </>
        ) : (
          <DialogActions isPending={importTasks.isPending} onClose={onClose}>
            <Button
              disabled={rows === 0}
              loading={importTasks.isPending}
              onClick={() => chosen && run(chosen)}
            >
              {rows > 0 ? `Import ${tasksText(rows)}` : "Import"}
            </Button>
          </DialogActions>
        )}
      </Stack>
    </Dialog>
  );
}
