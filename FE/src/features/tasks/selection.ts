/** The selected items of a list, and the start of the next range. */
export interface Selection {
  ids: ReadonlySet<string>;
  anchor: string | null;
}

export const NOTHING: Selection = { ids: new Set(), anchor: null };

/** Select or deselect an item; with `toAnchor`, all from the anchor up to it. */
export function toggled(
  selection: Selection,
  id: string,
  { order, toAnchor }: { order: string[]; toAnchor: boolean },
): Selection {
  const ids = new Set(selection.ids);
  const isSelected = !ids.has(id);
  const anchor = toAnchor && selection.anchor !== null ? selection.anchor : id;
  for (const between of rangeOf(order, anchor, id)) {
    if (isSelected) ids.add(between);
    else ids.delete(between);
  }
  return { ids, anchor: id };
}

/** All of a list or, if all are selected already, none. */
export function toggledAll(selection: Selection, order: string[]): Selection {
  return order.every((id) => selection.ids.has(id))
    ? NOTHING
    : { ids: new Set(order), anchor: null };
}

function rangeOf(order: string[], one: string, other: string): string[] {
  const [start, end] = [order.indexOf(one), order.indexOf(other)].sort((a, b) => a - b);
  return start === undefined || end === undefined || start < 0
    ? [other]
    : order.slice(start, end + 1);
}
