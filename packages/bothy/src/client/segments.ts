import type { Json, Version } from "../protocol/index.ts";
import type { HeldRanges, Row } from "../ranges/index.ts";
import type { StorageOperation, StoredKey } from "../storage/index.ts";
import { storedRowOf } from "./base-state.ts";
import { deleteRow, putRow, type Stamped, type StoredSegment } from "./stored-rows.ts";

/** Bounds of a segment; whichever comes first ends it. */
const rowsPerSegmentMax = 256;
const segmentBytesMax = 64 * 1024;

/** Bound of one transaction: a tab that is frozen inside one blocks the others. */
export const transactionBytesMax: number = 256 * 1024;

/** The first ids of a table's stored segments, in order: where each begins. */
export type SegmentDirectory = ReadonlyMap<string, readonly string[]>;

/** What a compaction does: transactions in order, and where segments begin afterwards. */
export interface CompactionPlan {
  readonly transactions: readonly (readonly StorageOperation[])[];
  readonly directory: SegmentDirectory;
}

/**
 * Plans the rewriting of every segment that a dirty id falls into.
 *
 * Safe to be cut off anywhere, because the log is deleted only after all of it: a row that differs between an old and a new
 * segment, or is in two of them, or in none, has its last change in the log, which is replayed over the segments. Of one
 * segment the later pieces are written first and the first, which replaces it, last, so that no row without a change in the
 * log is ever missing.
 */
export function planCompaction(
  held: HeldRanges,
  dirty: ReadonlyMap<string, ReadonlySet<string>>,
  directory: SegmentDirectory,
  stamp: Stamped,
): CompactionPlan {
  const operations: { readonly operation: StorageOperation; readonly sizeBytes: number }[] = [];
  const nextDirectory = new Map(directory);
  for (const [table, ids] of dirty) {
    const firsts = directory.get(table) ?? [];
    const nextFirsts = new Set(firsts);
    const rows = held.rows(table);
    const places = new Set([...ids].map((id) => Math.max(0, lastAtOrBefore(firsts, id))));
    for (const place of places) {
      const old = firsts[place];
      const inside = rowsBetween(rows, place === 0 ? "" : (old ?? ""), firsts[place + 1]);
      const pieces = packRows(inside, stamp);
      for (const piece of pieces.toReversed()) {
        nextFirsts.add(piece.first);
        const operation = putRow("segment", [table, piece.first], piece.segment);
        operations.push({ operation, sizeBytes: piece.segment.bytes.length });
      }
      if (old !== undefined && !pieces.some(({ first }) => first === old)) {
        nextFirsts.delete(old);
        operations.push({ operation: deleteRow("segment", [table, old]), sizeBytes: 0 });
      }
    }
    nextDirectory.set(table, [...nextFirsts].sort());
  }
  return { transactions: groupOperations(operations), directory: nextDirectory };
}

/** Divides operations, in their order, into transactions of bounded size. */
export function groupOperations(
  operations: readonly { readonly operation: StorageOperation; readonly sizeBytes: number }[],
): readonly (readonly StorageOperation[])[] {
  const groups: StorageOperation[][] = [];
  let groupBytes = Number.POSITIVE_INFINITY;
  for (const { operation, sizeBytes } of operations) {
    if (groupBytes + sizeBytes > transactionBytesMax) {
      groups.push([]);
      groupBytes = 0;
    }
    groups[groups.length - 1]?.push(operation);
    groupBytes += sizeBytes;
  }
  return groups;
}

/** Reads a stored segment back. */
export function unpackSegment(segment: StoredSegment): readonly (readonly [Version, Json])[] {
  return JSON.parse(new TextDecoder().decode(segment.bytes)) as readonly (readonly [Version, Json])[];
}

/** Where a segment begins, from its key. */
export function segmentPlace(key: StoredKey): { readonly table: string; readonly first: string } {
  return { table: String(key[0]), first: String(key[1]) };
}

interface Piece {
  readonly first: string;
  readonly segment: StoredSegment;
}

function packRows(rows: readonly Row[], stamp: Stamped): readonly Piece[] {
  const pieces: Piece[] = [];
  let texts: string[] = [];
  let textLength = 0;
  let first = "";
  const end = (): void => {
    if (texts.length === 0) return;
    pieces.push({ first, segment: { ...stamp, bytes: new TextEncoder().encode(`[${texts.join(",")}]`) } });
    texts = [];
    textLength = 0;
  };
  for (const row of rows) {
    const text = JSON.stringify(storedRowOf(row));
    if (texts.length === rowsPerSegmentMax || textLength + text.length > segmentBytesMax) end();
    if (texts.length === 0) first = row.id;
    texts.push(text);
    textLength += text.length;
  }
  end();
  return pieces;
}

/** The place of the last first-id that is not after an id; -1 when there is none. */
function lastAtOrBefore(firsts: readonly string[], id: string): number {
  return countBefore(firsts.length, (place) => (firsts[place] ?? "") <= id) - 1;
}

function rowsBetween(rows: readonly Row[], from: string, before: string | undefined): readonly Row[] {
  const start = countBefore(rows.length, (place) => (rows[place]?.id ?? "") < from);
  const end =
    before === undefined ? rows.length : countBefore(rows.length, (place) => (rows[place]?.id ?? "") < before);
  return rows.slice(start, end);
}

/** How many of the first `length` places lie before a boundary in their order. */
function countBefore(length: number, isBefore: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
