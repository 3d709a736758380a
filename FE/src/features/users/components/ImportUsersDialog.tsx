import "@mantine/core/styles/Code.layer.css";

import { Alert, Button, Code, FileInput, Stack, Text } from "@mantine/core";
import { FileSpreadsheetIcon } from "lucide-react";
import { useState } from "react";

import { Dialog } from "@/components/Dialog";
import { DialogActions } from "@/components/DialogActions";
import { fieldMessages, messageOf } from "@/lib/api/errors";
import { reportSuccess } from "@/lib/reports";
import { useIdempotencyKey } from "@/lib/useIdempotencyKey";

import { useCreateUsers } from "../api/createUser";
import { messagesByLine, parseUsers, type UserFile } from "../csv";
import { UserRowsPreview } from "./UserRowsPreview";

/** Imports users from a CSV file: first a preview, then all of them or none. */
export default function ImportUsersDialog({ onClose }: { onClose: () => void }) {
  const creation = useCreateUsers();
  const keyOf = useIdempotencyKey();
  const [file, setFile] = useState<UserFile | null>(null);
  const [unreadable, setUnreadable] = useState<string | null>(null);
  const messages = messagesByLine(fieldMessages(creation.error), file?.rows ?? []);

  async function read(chosen: File | null) {
    creation.reset();
    setUnreadable(null);
    setFile(null);
    if (chosen === null) return;
    await parseUsers(chosen).then(setFile, (error: unknown) => setUnreadable(messageOf(error)));
  }
  function create(rows: UserFile["rows"]) {
    const body = rows.map(({ user }) => user);
    creation.mutate(
      { body, idempotencyKey: keyOf(body) },
      {
        onSuccess: ({ items }) => {
          reportSuccess(
            items.length === 1 ? "1 user was added." : `${items.length} users were added.`,
          );
          onClose();
        },
      },
    );
  }

  const fault = unreadable ?? file?.fault;
  return (
    <Dialog title="Import users" onClose={onClose} isPending={creation.isPending} size="xl">
      <Stack>
        <Text size="sm">
          A CSV file whose first line names its columns: <Code>email</Code>, <Code>full_name</Code>{" "}
          and <Code>password</Code>; <Code>username</Code> and <Code>role</Code> if you like.
        </Text>
        <FileInput
          label="File"
          placeholder="Choose a CSV file"
          accept=".csv,text/csv"
          leftSection={<FileSpreadsheetIcon size={16} />}
          clearable
          clearButtonProps={{ "aria-label": "Choose no file" }}
          onChange={(chosen) => void read(chosen)}
        />
        {fault && (
          <Alert color="red" role="alert" title="This file cannot be used">
            {fault}
          </Alert>
        )}
        {creation.isError && (
          <Alert color="red" role="alert" title="Nobody was added">
            {messages.size === 0 && messageOf(creation.error)}
            {[...messages].map(([line, message]) => (
              <Text key={line} size="sm">
                Line {line}: {message}
              </Text>
            ))}
          </Alert>
        )}
        {file && !file.fault && <UserRowsPreview file={file} messages={messages} />}
        <DialogActions isPending={creation.isPending} onClose={onClose}>
          <Button
            disabled={!file || file.fault !== null}
            loading={creation.isPending}
            onClick={() => file && create(file.rows)}
          >
            {file?.rows.length ? `Add ${file.rows.length}` : "Add"}
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}
