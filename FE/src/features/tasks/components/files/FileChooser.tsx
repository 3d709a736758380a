import { Button, FileButton, Paper, Stack, Text } from "@mantine/core";
import { FileUpIcon } from "lucide-react";
import { type DragEvent, useState } from "react";

import classes from "./FileChooser.module.css";

const ACCEPTED = ".csv,.tsv,.json,text/csv,text/tab-separated-values,application/json";

interface Props {
  chosen: File | null;
  onChoose: (file: File) => void;
}

/** A file is dropped here, or chosen in the system's dialog. */
export function FileChooser({ chosen, onChoose }: Props) {
  const [isOver, setIsOver] = useState(false);
  const hover = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(true);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    const [file] = event.dataTransfer.files;
    if (file) onChoose(file);
  };
  return (
    <Paper
      className={classes.area}
      data-over={isOver || undefined}
      p="lg"
      onDragOver={hover}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <Stack align="center" gap="xs" ta="center">
        <FileUpIcon size={32} strokeWidth={1.5} aria-hidden />
        <Text fw={500}>{chosen ? chosen.name : "Drop a CSV or JSON file here"}</Text>
        {/* the key makes a new input, so that a corrected file of the same name can be chosen */}
        <FileButton
          key={chosen?.lastModified}
          accept={ACCEPTED}
          onChange={(file) => file && onChoose(file)}
        >
          {(props) => (
            <Button variant="light" size="xs" {...props}>
              {chosen ? "Choose another file" : "Choose a file"}
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          At most 100 000 tasks and 50 MiB. The first line of a CSV file names the columns: title,
          and if you like description, status, priority, due_on, due_at and tags.
        </Text>
      </Stack>
    </Paper>
  );
}
