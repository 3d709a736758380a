import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { lazyOverlay } from "@/components/lazyPart";

import { openedClients, teamIdOf, watchOpened } from "../api/collections";
import { useConflict } from "../api/conflicts";
import { focusRow } from "./rows";

const ConflictDialog = lazyOverlay(() => import("./ConflictDialog"));

/** Conflicts of all collections: a change may meet a newer version after the user left its page. */
export function TaskConflicts() {
  const teams = useSyncExternalStore(watchOpened, openedClients);
  return (
    <>
      <Conflicts />
      {teams.map((client) => (
        <QueryClientProvider key={teamIdOf(client)} client={client}>
          <Conflicts />
        </QueryClientProvider>
      ))}
    </>
  );
}

/** Changes that met a newer version, one after the other. */
function Conflicts() {
  const [conflict, settle] = useConflict();
  const id = conflict?.current.id;
  useEffect(() => {
    if (id === undefined) return;
    // the element that had the focus may be gone, such as the title input in the row
    return () =>
      void requestAnimationFrame(() => document.activeElement === document.body && focusRow(id));
  }, [id]);
  if (conflict === undefined) return null;
  return <ConflictDialog key={conflict.number} conflict={conflict} onClose={settle} />;
}
