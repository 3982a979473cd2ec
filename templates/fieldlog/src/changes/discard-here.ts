// Throwing a rejected change away where it is shown, and taking that back: the button that was pressed gives way to its
// opposite, which may stand elsewhere, and that one takes the focus. The buttons name what they are for: `data-discards` one
// change, `data-undoes` one or several.

import type { RejectedEntry } from "bothy/client";
import { flushSync } from "react-dom";
import { noteDiscard, undoDiscard } from "./discards.ts";

/** Throws a change away; the focus goes to the button that takes that back. */
export function discardHere(entry: RejectedEntry): void {
  flushSync(() => noteDiscard(entry));
  focusOn(`[data-undoes~="${entry.n}"]`);
}

/** Takes that back; the focus goes to where the first of them can be thrown away again. */
export function undoHere(entries: readonly RejectedEntry[]): void {
  flushSync(() => {
    for (const entry of entries) undoDiscard(entry);
  });
  focusOn(entries.map(({ n }) => `[data-discards="${n}"]`).join());
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
