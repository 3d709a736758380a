import { lazyOverlay } from "@/components/lazyPart";

import { useConflict } from "../api/conflicts";

const ConflictDialog = lazyOverlay(() => import("./ConflictDialog"));

/** Changes that met a newer version, one after the other. */
export function TaskConflicts() {
  const [conflict, settle] = useConflict();
  if (conflict === undefined) return null;
  return <ConflictDialog key={conflict.number} conflict={conflict} onClose={settle} />;
}
