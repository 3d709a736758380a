import { QueryClientProvider } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { teamIdOf } from "../api/collections";
import { openedClients, watchOpened } from "../api/teamCollections";
import { Conflicts } from "./TaskConflicts";

/** The conflicts of each team whose tasks the user has opened. */
export default function TeamConflicts() {
  return useSyncExternalStore(watchOpened, openedClients).map((client) => (
    <QueryClientProvider key={teamIdOf(client)} client={client}>
      <Conflicts />
    </QueryClientProvider>
  ));
}
