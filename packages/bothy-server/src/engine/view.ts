import type { SortedMap, Version } from "bothy/internal";
import type { Order, StoreEntry, StoreReader } from "../store/index.ts";

/** What a commit made of a key that the store does not contain yet, before what an earlier such commit had made of it. */
export interface PendingValue {
  readonly version: Version;
  /** undefined: nothing is there any more. */
  readonly value: string | undefined;
  readonly previous: PendingValue | undefined;
}

/** The writes that lie over the store, the newest of each key. */
export type Overlay = SortedMap<PendingValue>;

const chunkMax = 512;

/** Reads the store with the writes that it does not contain yet laid over it, as of a version. */
export function createView(store: StoreReader, overlay: () => Overlay, version: Version): StoreReader {
  return {
    get: (key) => {
      const pending = pendingAt(overlay().get(key), version);
      return pending === undefined ? store.get(key) : pending.value;
    },
    range: (lower, upper, order, limit) => mergedRange(store, overlay(), version, { lower, upper, order, limit }),
  };
}

/** What was pending at a version; undefined: the store has what was there. */
function pendingAt(newest: PendingValue | undefined, version: Version): PendingValue | undefined {
  let pending = newest;
  while (pending !== undefined && pending.version > version) pending = pending.previous;
  return pending;
}

/** A pending value without what the store contains; undefined if that is all of it. Snapshots may hold the one given. */
export function withoutApplied(pending: PendingValue, applied: Version): PendingValue | undefined {
  const kept: PendingValue[] = [];
  let part: PendingValue | undefined = pending;
  for (; part !== undefined && part.version > applied; part = part.previous) kept.push(part);
  if (part === undefined) return pending;
  let left: PendingValue | undefined;
  for (const { version, value } of kept.reverse()) left = { version, value, previous: left };
  return left;
}

interface RangeRead {
  readonly lower: string;
  readonly upper: string;
  readonly order: Order;
  readonly limit: number;
}

function mergedRange(store: StoreReader, overlay: Overlay, version: Version, read: RangeRead): readonly StoreEntry[] {
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
    mergePiece({ overlay, version, chunk }, { lower: pieceLower, upper: pieceUpper, order, limit }, entries);
    if (last === undefined) break;
    if (order === "asc") lower = pieceUpper;
    else upper = pieceLower;
  }
  return entries;
}

/** Appends to `entries` what a piece of the range holds: the store's entries, where the overlay says nothing else. */
function mergePiece(
  {
    overlay,
    version,
    chunk,
  }: { readonly overlay: Overlay; readonly version: Version; readonly chunk: readonly StoreEntry[] },
  piece: RangeRead,
  entries: StoreEntry[],
): void {
  const { order, limit } = piece;
  let at = 0;
  const isBefore = (a: string, b: string): boolean => (order === "asc" ? a < b : a > b);
  overlay.scan(piece.lower, piece.upper, order, (newest, key) => {
    const pending = pendingAt(newest, version);
    if (pending === undefined) return true;
    for (
      let entry = chunk[at];
      entry !== undefined && isBefore(entry[0], key) && entries.length < limit;
      entry = chunk[++at]
    )
      entries.push(entry);
    if (chunk[at]?.[0] === key) at++;
    if (entries.length < limit && pending.value !== undefined) entries.push([key, pending.value]);
    return entries.length < limit;
  });
  for (let entry = chunk[at]; entry !== undefined && entries.length < limit; entry = chunk[++at]) entries.push(entry);
}
