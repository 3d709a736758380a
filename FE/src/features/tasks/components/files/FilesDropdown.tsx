import "@mantine/core/styles/Menu.layer.css";
import "@mantine/core/styles/Popover.layer.css";

import { Menu } from "@mantine/core";
import { FileDownIcon, FileUpIcon } from "lucide-react";
import type { ReactElement } from "react";

import { useFlag } from "@/lib/useFlag";
import { useMayWrite } from "@/lib/useTeam";

import type { ExportFormat } from "../../api/exportTasks";

interface Props {
  /** The button that has opened it. */
  target: ReactElement;
  onImport: () => void;
  onExport: (format: ExportFormat) => void;
}

export default function FilesDropdown({ target, onImport, onExport }: Props) {
  const mayWrite = useMayWrite();
  const offersImport = useFlag("tasks_import", true);
  return (
    <Menu defaultOpened position="bottom-end">
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        {mayWrite && offersImport && (
          <Menu.Item leftSection={<FileUpIcon size={16} />} onClick={onImport}>
            Import from a file …
          </Menu.Item>
        )}
        <Menu.Item leftSection={<FileDownIcon size={16} />} onClick={() => onExport("csv")}>
          Export all as CSV
        </Menu.Item>
        <Menu.Item leftSection={<FileDownIcon size={16} />} onClick={() => onExport("json")}>
          Export all as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
