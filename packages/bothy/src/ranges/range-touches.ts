import type { KeyRange } from "../schema/index.ts";
import { keyAfterPrefix, type Key } from "../values/index.ts";

/** A document's change as its keys tell it, one per index of its table; null: there was, or is, no document. */
export interface KeysWritten {
  readonly before: readonly Key[] | null;
  readonly after: readonly Key[] | null;
}

/** Tells whether a key of the range's own index lies in it. */
export function rangeContains(range: KeyRange, key: Key | undefined): boolean {
  return key !== undefined && key >= range.lower && key < range.upper;
}

/**
 * Tells whether a write into the range's table changes what a read of the range returns: the document was inside, or
 * is. `position` is that of the range's index among the keys.
 */
export function rangeTouches(range: KeyRange, position: number, write: KeysWritten): boolean {
  return rangeContains(range, write.before?.[position]) || rangeContains(range, write.after?.[position]);
}

/**
 * The part of a range that a read in this order has seen once it stopped at a key: from where the order begins up to
 * and with that key.
 */
export function scannedPart(range: KeyRange, order: "asc" | "desc", lastKey: Key): KeyRange {
  // Keys of one index are never the beginning of each other, so that nothing lies between a key and its successor here.
  return order === "asc" ? { ...range, upper: keyAfterPrefix(lastKey) } : { ...range, lower: lastKey };
}
