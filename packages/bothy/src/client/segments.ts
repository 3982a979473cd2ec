import { BothyError } from "../errors/index.ts";
import { digestWith, emptyDigest, fieldsOfRange, impliedInterval, type Row } from "../ranges/index.ts";
import { indexOf, tableOf, type KeyRange, type Schema } from "../schema/index.ts";
import type { StorageOperation, StoredRow } from "../storage/index.ts";
import { keyAfterPrefix, type Key } from "../values/index.ts";
import { storedRowOf, type RowJson } from "./base-state.ts";
import { putRow, readStored, type Stamped, type StoredHeader, type StoredSegment } from "./stored-rows.ts";

/** Bounds of a segment; whichever comes first ends it. */
const rowsPerSegmentMax = 256;
const segmentBytesMax = 64 * 1024;

/** Bound of one transaction: a tab that is frozen inside one blocks the others. */
export const transactionBytesMax: number = 256 * 1024;

/** What is known of a segment without reading its rows. A stored segment never changes; its number is never used again. */
export interface Segment extends StoredHeader {
  readonly number: number;
}

/** The segments of each table, all in order of one index: a row lies in the last one that does not begin behind its key. */
export type Directory = ReadonlyMap<string, readonly Segment[]>;

/** A row as it lies in a segment. */
export type StoredPair = RowJson;

const afterAll = keyAfterPrefix("");

/** Puts segments in order. */
export function directoryOf(segments: readonly Segment[]): Directory {
  const directory = new Map<string, Segment[]>();
  for (const one of segments.toSorted((a, b) => (a.lower < b.lower ? -1 : 1))) {
    const segments = directory.get(one.table) ?? [];
    segments.push(one);
    directory.set(one.table, segments);
  }
  return directory;
}

/** What stands in a segment's header for a row: enough to tell nearly always that an id is not inside. */
export function markOf(idKey: Key): number {
  return digestWith(emptyDigest, idKey, 0).low;
}

/** The segments in which rows of a range may lie, in their order. */
export function segmentsIn(schema: Schema, directory: Directory, range: KeyRange): readonly Segment[] {
  const all = directory.get(range.table) ?? [];
  if (range.index === "by_id" && range.equalities > 0) {
    const mark = markOf(range.lower);
    return all.filter(({ marks }) => marks.includes(mark));
  }
  const home = all[0]?.index;
  if (home === undefined) return all;
  let { lower, upper } = range;
  const table = tableOf(schema, range.table);
  const isOther = home !== range.index;
  if (isOther) {
    const fields = fieldsOfRange(range, indexOf(table, range.index).fields);
    [lower, upper] = impliedInterval(fields, indexOf(table, home).fields);
  }
  // A row of which only a projection is known may have its key behind all others.
  const hasBehind = isOther && table.projections.length > 0;
  return all.filter((one, place) => {
    const end = endOf(all, place);
    return ((place === 0 || one.lower < upper) && end > lower) || (hasBehind && end >= afterAll);
  });
}

/** Where the segment after a place begins. */
export function endOf(segments: readonly Segment[], place: number): Key {
  return segments[place + 1]?.lower ?? afterAll;
}

/** The place among segments where a key belongs. */
export function placeOf(segments: readonly Segment[], key: Key): number {
  let [low, high] = [1, segments.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle]?.lower ?? "") <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How often first rows were read by an index: by table and index. */
export type FirstReads = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** By which index a range of a table is held. */
export type HeldIndex = Pick<KeyRange, "table" | "index">;

/**
 * The index in whose order a table is stored: that by which first rows are read, because reads of whole ranges go well in any
 * order that begins with the same fields; where none are, that of most held ranges. Another has to be used much more than
 * the present one, because everything is written again then.
 */
export function homeIndex(
  ranges: readonly HeldIndex[],
  firstReads: FirstReads,
  { table, present }: { readonly table: string; readonly present: string | undefined },
): string {
  const counts = new Map(firstReads.get(table));
  const isUsed = counts.size > 0;
  for (const range of isUsed ? [] : ranges) {
    if (range.table === table) counts.set(range.index, (counts.get(range.index) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (!most || (present !== undefined && most[1] <= 2 * (counts.get(present) ?? 0))) return present ?? "by_id";
  return present !== undefined && !isUsed ? present : most[0];
}

/** Reads a stored segment back. One that is gone was made into others by another tab. */
export function readSegment(row: StoredRow): readonly StoredPair[] {
  const stored = readStored<StoredSegment>(row);
  if (stored) return JSON.parse(new TextDecoder().decode(stored.bytes)) as readonly StoredPair[];
  throw new BothyError("storage_unavailable", { message: "These rows have been stored anew." });
}

/** A row on its way into a segment. */
export interface PackedRow {
  readonly key: Key;
  readonly mark: number;
  readonly version: number;
  readonly text: string;
}

/** Packs a row by its place in an index. */
export function packRow(row: Row, position: number, pair: RowJson = storedRowOf(row)): PackedRow {
  const { keys, stamps } = row;
  // What a failed scope has stopped may be older than what narrower projections show.
  const version = Math.max(row.version, ...Object.values(stamps ?? {}));
  return { key: keys[position] ?? "", mark: markOf(keys[0] ?? ""), version, text: JSON.stringify(pair) };
}

/** Divides rows in key order into segments. */
export function packSegments(
  rows: readonly PackedRow[],
  place: { readonly table: string; readonly index: string; readonly lower: Key },
  take: { readonly stamp: Stamped; readonly number: () => number },
): readonly (readonly [segment: Segment, operations: readonly StorageOperation[]])[] {
  const pieces: PackedRow[][] = [];
  let sizeBytes = 0;
  for (const row of rows) {
    sizeBytes += row.text.length;
    const last = pieces[pieces.length - 1];
    if (last && last.length < rowsPerSegmentMax && sizeBytes <= segmentBytesMax) last.push(row);
    else {
      pieces.push([row]);
      sizeBytes = row.text.length;
    }
  }
  return pieces.map((piece, at) => {
    const bytes = new TextEncoder().encode(`[${piece.map(({ text }) => text).join()}]`);
    const header: StoredHeader = {
      ...take.stamp,
      ...place,
      // Whatever lies before the first row belongs to the first piece.
      lower: at === 0 ? place.lower : (piece[0]?.key ?? ""),
      marks: Uint32Array.from(piece, ({ mark }) => mark),
      version: Math.max(...piece.map(({ version }) => version)),
      sizeBytes: bytes.length,
    };
    const number = take.number();
    const content: StoredSegment = { ...take.stamp, bytes };
    return [{ ...header, number }, [putRow("segment", [0, number], header), putRow("segment", [1, number], content)]];
  });
}
