import { Button, Group } from "@mantine/core";
import { ListChecksIcon, SquareKanbanIcon } from "lucide-react";

import type { ChangeSearch } from "../useTaskSearch";
import { FilesMenu } from "./files/FilesMenu";

interface Props {
  isBoard: boolean;
  changeSearch: ChangeSearch;
}

/** The switch between list and board, and the menu of files. */
export function PageActions({ isBoard, changeSearch }: Props) {
  return (
    <Group gap="xs">
      <Button
        variant="default"
        leftSection={isBoard ? <ListChecksIcon size={16} /> : <SquareKanbanIcon size={16} />}
        onClick={() =>
          void changeSearch({ view: isBoard ? undefined : "board" }, { replace: false })
        }
      >
        {isBoard ? "List" : "Board"}
      </Button>
      <FilesMenu />
    </Group>
  );
}
