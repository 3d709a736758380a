import { lazy, Suspense } from "react";

import { useConflict } from "../api/conflicts";

const ConflictDialog = lazy(() => import("./ConflictDialog"));

/** Changes that met a newer version, one after the other. */
export function TaskConflicts() {
  const [conflict, settle] = useConflict();
  if (conflict === undefined) return null;
  return (
    <Suspense>
      <ConflictDialog key={conflict.number} conflict={conflict} onClose={settle} />
    </Suspense>
  );
}
