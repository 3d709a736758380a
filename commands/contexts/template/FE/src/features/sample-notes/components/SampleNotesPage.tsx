import { Button, Container, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { PlusIcon } from "lucide-react";

import { EmptyNotice } from "@/components/EmptyNotice";
import { ErrorNotice } from "@/components/ErrorNotice";
import { lazyOverlay } from "@/components/lazyPart";
import { LoadingNotice } from "@/components/LoadingNotice";
import { LoadMore } from "@/components/LoadMore";
import { PageTitle } from "@/components/PageTitle";

import { sampleNotesQuery } from "../api/sampleNotes";
import { SampleNoteCard } from "./SampleNoteCard";

const AddSampleNoteDialog = lazyOverlay(() => import("./AddSampleNoteDialog"));

export default function SampleNotesPage() {
  const [isAdding, { open, close }] = useDisclosure();
  return (
    <Container size="lg" px={0}>
      <PageTitle
        actions={
          <Button leftSection={<PlusIcon size={16} />} onClick={open}>
            Add a sample note
          </Button>
        }
      >
        Sample notes
      </PageTitle>
      <SampleNotes />
      {isAdding && <AddSampleNoteDialog onClose={close} />}
    </Container>
  );
}

function SampleNotes() {
  const query = useInfiniteQuery(sampleNotesQuery);

  if (query.isPending) return <LoadingNotice isPaused={query.isPaused} />;
  if (query.isLoadingError)
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  const sampleNotes = query.data.pages.flatMap((page) => page.items);
  if (sampleNotes.length === 0)
    return <EmptyNotice title="No sample notes yet">Add the first one.</EmptyNotice>;
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0} aria-label="Sample notes">
        {sampleNotes.map((sampleNote) => (
          <SampleNoteCard key={sampleNote.id} sampleNote={sampleNote} />
        ))}
      </Stack>
      <LoadMore query={query} />
    </>
  );
}
