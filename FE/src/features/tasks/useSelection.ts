import { useCallback, useMemo, useState } from "react";

import type { Task } from "./api/tasks";
import { NOTHING, toggled, toggledAll } from "./selection";

/** The selected tasks of a list. */
export function useSelection(tasks: Task[]) {
  const [selection, setSelection] = useState(NOTHING);
  const order = useMemo(() => tasks.map(({ id }) => id), [tasks]);
  const selected = useMemo(
    () => tasks.filter(({ id }) => selection.ids.has(id)),
    [tasks, selection],
  );
  const toggle = useCallback(
    (id: string, toAnchor: boolean) =>
      setSelection((current) => toggled(current, id, { order, toAnchor })),
    [order],
  );
  const toggleAll = useCallback(
    () => setSelection((current) => toggledAll(current, order)),
    [order],
  );
  const clear = useCallback(() => setSelection(NOTHING), []);
  return { ids: selection.ids, tasks: selected, toggle, toggleAll, clear };
}
