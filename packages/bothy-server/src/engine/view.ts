import type { SortedMap } from "bothy/internal";
import type { Order, StoreEntry, StoreReader } from "../store/index.ts";

/** What a key is to become once it is applied; undefined: nothing. One object per write, so that it can be told apart. */
export interface PendingValue {
  readonly value: string | undefined;
}

/** The writes that lie over the store. */
export type Overlay = SortedMap<PendingValue>;

const chunkMax = 512;

/** Reads the store with the writes that it does not contain yet laid over it. */
export function createView(store: StoreReader, overlay: () => Overlay): StoreReader {
  return {
    get: (key) => {
      const pending = overlay().get(key);
      return pending === undefined ? store.get(key) : pending.value;
    },
    range: (lower, upper, order, limit) => mergedRange(store, overlay(), { lower, upper, order, limit }),
  };
}

interface RangeRead {
  readonly lower: string;
  readonly upper: string;
  readonly order: Order;
  readonly limit: number;
}

function mergedRange(store: StoreReader, overlay: Overlay, read: RangeRead): readonly StoreEntry[] {
  const { order, limit } = read;
  const entries: StoreEntry[] = [];
  let { lower, upper } = read;
  while (entries.length < limit && lower < upper) {
    // One more than is missing, so that a few removed rows cost no second read.
    const wanted = Math.min(limit - entries.length + 1, chunkMax);
    const chunk = store.range(lower, upper, order, wanted);
    const last = chunk.length < wanted ? undefined : chunk.at(-1)?.[0];
    // What the store said holds up to its last entry, or to the end of the range if there are no more.
    const pieceLower = order === "desc" && last !== undefined ? last : lower;
    const pieceUpper = order === "asc" && last !== undefined ? `${last}\0` : upper;
    mergePiece(overlay, chunk, { lower: pieceLower, upper: pieceUpper, order, limit }, entries);
    if (last === undefined) break;
    if (order === "asc") lower = pieceUpper;
    else upper = pieceLower;
  }
  return entries;
}

/** Appends to `entries` what a piece of the range holds: the store's entries, where the overlay says nothing else. */
function mergePiece(overlay: Overlay, chunk: readonly StoreEntry[], piece: RangeRead, entries: StoreEntry[]): void {
  const { order, limit } = piece;
  let at = 0;
  const isBefore = (a: string, b: string): boolean => (order === "asc" ? a < b : a > b);
  overlay.scan(piece.lower, piece.upper, order, (pending, key) => {
    for (let entry = chunk[at]; entry !== undefined && isBefore(entry[0], key) && entries.length < limit; entry = chunk[++at]) entries.push(entry);
    if (chunk[at]?.[0] === key) at++;
    if (entries.length < limit && pending.value !== undefined) entries.push([key, pending.value]);
    return entries.length < limit;
  });
  for (let entry = chunk[at]; entry !== undefined && entries.length < limit; entry = chunk[++at]) entries.push(entry);
}
