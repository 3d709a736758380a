import { ActionIcon } from "@mantine/core";
import { EllipsisIcon } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";

import { useExportTasks } from "../../api/exportTasks";

const load = () => import("./FilesDropdown");
const FilesDropdown = lazy(load);
const ImportDialog = lazy(() => import("./ImportDialog"));

/** Tasks from a file, and tasks as a file. What it opens is loaded when somebody reaches for it. */
export function FilesMenu() {
  const [isUsed, setIsUsed] = useState(false);
  const [isImporting, setIsImporting] = useState(false);
  const { mutate: exportTasks, isPending } = useExportTasks();
  const opener = useRef<HTMLButtonElement>(null);
  const openImport = () => {
    opener.current?.focus(); // which returns there
    setIsImporting(true);
  };
  const button = (
    <ActionIcon
      ref={opener}
      variant="default"
      size="input-sm"
      aria-label="Import and export"
      aria-haspopup="menu"
      loading={isPending}
      onMouseEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setIsUsed(true)}
    >
      <EllipsisIcon size={18} />
    </ActionIcon>
  );
  return (
    <>
      {isUsed ? (
        <Suspense fallback={button}>
          <FilesDropdown target={button} onImport={openImport} onExport={exportTasks} />
        </Suspense>
      ) : (
        button
      )}
      {isImporting && (
        <Suspense>
          <ImportDialog onClose={() => setIsImporting(false)} />
        </Suspense>
      )}
    </>
  );
}
