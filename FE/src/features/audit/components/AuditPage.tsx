import { Container } from "@mantine/core";
import { useState } from "react";

import { PageTitle } from "@/components/PageTitle";
import { lazyOverlay } from "@/components/lazyPart";

import type { Entry } from "../api/trail";
import { useTrailSearch } from "../useTrailSearch";
import { ChainState } from "./ChainState";
import { TrailFilterFields } from "./TrailFilterFields";
import { TrailList } from "./TrailList";

const EntryDrawer = lazyOverlay(() => import("./EntryDrawer"));

export default function AuditPage() {
  const [search, changeSearch] = useTrailSearch();
  const [entry, setEntry] = useState<Entry | null>(null);
  return (
    <Container size="xl" px={0}>
      <PageTitle>Audit trail</PageTitle>
      <ChainState />
      <TrailFilterFields search={search} changeSearch={changeSearch} />
      <TrailList search={search} changeSearch={changeSearch} onOpen={setEntry} />
      {entry && (
        <EntryDrawer
          entry={entry}
          onClose={() => setEntry(null)}
          onFilter={(changes) => {
            setEntry(null);
            void changeSearch(changes);
          }}
        />
      )}
    </Container>
  );
}
