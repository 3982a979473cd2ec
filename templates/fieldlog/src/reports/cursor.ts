import { useState } from "react";
import type { HeldReport } from "./held-reports.ts";

/** The row on which the keys act: one of the list, and the same report while others come and go around it. */
export interface Cursor {
  readonly index: number;
  /** Grows whenever the row is to be brought into sight and given the focus. */
  readonly focusCount: number;
  /** Goes to a row. `isFocused`: the focus goes along. */
  readonly moveTo: (index: number, isFocused: boolean) => void;
}

/** Keeps the cursor of a list. */
export function useCursor(reports: readonly HeldReport[]): Cursor {
  const [at, setAt] = useState({ id: "", index: 0, focusCount: 0 });
  return {
    index: placeOf(reports, at),
    focusCount: at.focusCount,
    moveTo(wanted, isFocused) {
      const index = Math.max(0, Math.min(reports.length - 1, wanted));
      const id = reports[index]?.report._id ?? "";
      setAt(({ focusCount }) => ({ id, index, focusCount: isFocused ? focusCount + 1 : focusCount }));
    },
  };
}

/** Where a report stands now; once it is gone, what took its place. */
function placeOf(reports: readonly HeldReport[], at: { readonly id: string; readonly index: number }): number {
  if (reports[at.index]?.report._id === at.id) return at.index;
  const place = at.id === "" ? -1 : reports.findIndex(({ report }) => report._id === at.id);
  return place === -1 ? Math.max(0, Math.min(at.index, reports.length - 1)) : place;
}
