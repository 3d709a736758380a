import { Alert, Button, Group, List, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { ErrorNotice } from "@/components/ErrorNotice";

import { type SampleNote, sampleNoteQuery } from "../api/sampleNotes";

interface Props {
  id: string;
  /** Save what is in the form over the newer version. */
  onKeepMine: (version: number) => void;
  onTakeTheirs: (newest: SampleNote) => void;
}

/** Shows the newer version: it was changed elsewhere since the form was opened. */
export function SampleNoteConflict({ id, onKeepMine, onTakeTheirs }: Props) {
  const query = useQuery({ ...sampleNoteQuery(id), staleTime: 0, refetchOnMount: "always" });
  if (query.isError) return <ErrorNotice error={query.error} />;
  if (query.isFetching || !query.data) return null;
  const newest = query.data;
  return (
    <Alert color="yellow" title="This was changed elsewhere" role="alert">
      <Text size="sm">It now says:</Text>
      <List size="sm" my="xs" style={{ overflowWrap: "anywhere" }}>
        <List.Item>Title: {newest.title}</List.Item>
        <List.Item>Description: {newest.description ?? "none"}</List.Item>
      </List>
      <Group gap="xs">
        <Button size="xs" onClick={() => onKeepMine(newest.version)}>
          Save mine
        </Button>
        <Button size="xs" variant="default" onClick={() => onTakeTheirs(newest)}>
          Take the newer one
        </Button>
      </Group>
    </Alert>
  );
}
