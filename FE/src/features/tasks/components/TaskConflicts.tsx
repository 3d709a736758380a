import { useEffect } from "react";

import { lazyAside, lazyOverlay } from "@/components/lazyPart";

import { useConflict } from "../api/conflicts";
import { focusRow } from "./rows";

const ConflictDialog = lazyOverlay(() => import("./ConflictDialog"));
const TeamConflicts = lazyAside(() => import("./TeamConflicts"));

/** Conflicts of all collections: a change may meet a newer version after the user left its page. */
export function TaskConflicts() {
  return (
    <>
      <Conflicts />
      <TeamConflicts />
    </>
  );
}

/** Changes that met a newer version, one after the other. */
export function Conflicts() {
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
