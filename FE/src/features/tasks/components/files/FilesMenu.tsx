import { ActionIcon } from "@mantine/core";
import { EllipsisIcon } from "lucide-react";
import { useRef, useState } from "react";

import { lazyOverlay } from "@/components/lazyPart";

import { useExportTasks } from "../../api/exportTasks";

const FilesDropdown = lazyOverlay(() => import("./FilesDropdown"));
const ImportDialog = lazyOverlay(() => import("./ImportDialog"));

/** Imports and exports tasks as files. The menu is loaded when the user hovers or focuses it. */
export function FilesMenu() {
  const [isUsed, setIsUsed] = useState(false);
  const [isImporting, setIsImporting] = useState(false);
  const { mutate: exportTasks, isPending } = useExportTasks();
  const opener = useRef<HTMLButtonElement>(null);
  const openImport = () => {
    opener.current?.focus(); // the dialog returns the focus there
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
      onMouseEnter={() => void FilesDropdown.preload()}
      onFocus={() => void FilesDropdown.preload()}
      onClick={() => setIsUsed(true)}
    >
      <EllipsisIcon size={18} />
    </ActionIcon>
  );
  return (
    <>
      {isUsed ? (
        <FilesDropdown
          standIn={button}
          onClose={() => setIsUsed(false)}
          target={button}
          onImport={openImport}
          onExport={exportTasks}
        />
      ) : (
        button
      )}
      {isImporting && <ImportDialog onClose={() => setIsImporting(false)} />}
    </>
  );
}
