// Which rows of a list are selected: one by one, or from one to another. Pure.

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where the next range begins. */
  readonly anchorId: string | undefined;
  /** What was selected before the range that is being drawn. */
  readonly base: ReadonlySet<string>;
}

export const nothingSelected: Selection = { ids: new Set(), anchorId: undefined, base: new Set() };

/** Selects a row, or takes it back; the next range begins there. */
export function toggleRow(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchorId: id, base: ids };
}

/** Selects all rows between the anchor and another, in place of the range that was drawn from there before. */
export function extendTo(selection: Selection, order: readonly string[], id: string): Selection {
  const end = order.indexOf(id);
  const start = selection.anchorId === undefined ? -1 : order.indexOf(selection.anchorId);
  // The anchor is no longer listed, or there was none.
  if (start === -1 || end === -1) return toggleRow({ ...selection, ids: withoutId(selection.ids, id) }, id);
  const range = order.slice(Math.min(start, end), Math.max(start, end) + 1);
  return { ...selection, ids: new Set([...selection.base, ...range]) };
}

/** Selects exactly these rows. */
export function selectAll(order: readonly string[]): Selection {
  const ids = new Set(order);
  return { ids, anchorId: order[0], base: new Set() };
}

function withoutId(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...ids].filter((other) => other !== id));
}
