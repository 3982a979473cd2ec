import type { HeldRanges } from "../ranges/index.ts";
import { positionOf, tableOf, type Schema } from "../schema/index.ts";
import type { StorageOperation, StoredRow } from "../storage/index.ts";
import { encodeKeyElement } from "../values/index.ts";
import { rowOf } from "./base-state.ts";
import type { FoundSegments } from "./disk-rows.ts";
import {
  homeIndex,
  markOf,
  packRow,
  packSegments,
  placeOf,
  readSegment,
  transactionBytesMax,
  type Directory,
  type FirstReads,
  type HeldIndex,
  type PackedRow,
  type Segment,
} from "./segments.ts";
import type { Stamped } from "./stored-rows.ts";

/** What a compaction works with. */
export interface CompactionTools {
  readonly schema: Schema;
  readonly stamp: Stamped;
  readonly firstReads: FirstReads;
  /** Draws the number of a new segment. */
  readonly number: () => number;
  readonly read: (number: number) => Promise<StoredRow>;
  readonly write: (operations: readonly StorageOperation[]) => Promise<void>;
}

/** The segments afterwards, and for each new one those whose rows it took over. */
export interface Compacted {
  readonly directory: Directory;
  readonly sources: ReadonlyMap<Segment, readonly Segment[]>;
}

/**
 * Writes those segments anew that a changed document was or is in, beside the old ones, which stay as they are: nothing
 * counts before the row is stored that names the segments that count. What has not changed is taken from the old segments,
 * so that it need not be in memory.
 */
export async function compactSegments(
  held: HeldRanges,
  { directory, changed, ranges }: Omit<FoundSegments, "hasMore"> & { readonly ranges: readonly HeldIndex[] },
  tools: CompactionTools,
): Promise<Compacted> {
  const next = new Map(directory);
  const sources = new Map<Segment, readonly Segment[]>();
  const batch = createBatch(tools.write);
  for (const [table, ids] of changed) {
    if (!Object.hasOwn(tools.schema.tables, table)) continue;
    const all = directory.get(table) ?? [];
    const index = homeIndex(ranges, tools.firstReads, { table, present: all[0]?.index });
    const position = positionOf(tableOf(tools.schema, table), index);
    const segments: Segment[] = [];
    for (const { old, rows } of regionsOf(all, index, { held, table, ids, position })) {
      if (rows === undefined) {
        segments.push(...old);
        continue;
      }
      for (const segment of old) {
        for (const pair of readSegment(await tools.read(segment.number))) {
          const row = rowOf(tools.schema, table, pair);
          if (!ids.has(row.id)) rows.push(packRow(row, position, pair));
        }
      }
      rows.sort((a, b) => (a.key < b.key ? -1 : 1));
      const place = { table, index, lower: segments.length === 0 ? "" : (old[0]?.lower ?? "") };
      for (const [segment, operations] of packSegments(rows, place, tools)) {
        segments.push(segment);
        sources.set(segment, old);
        await batch.add(operations, segment.sizeBytes);
      }
    }
    next.set(table, segments);
  }
  await batch.end();
  return { directory: next, sources };
}

/** Neighbouring segments, with the changed rows that belong there; without, nothing inside has changed. */
interface Region {
  readonly old: readonly Segment[];
  readonly rows: PackedRow[] | undefined;
}

function regionsOf(
  all: readonly Segment[],
  index: string,
  change: {
    readonly held: HeldRanges;
    readonly table: string;
    readonly ids: ReadonlyMap<string, number>;
    readonly position: number;
  },
): readonly Region[] {
  // In another order nothing stays where it was: all is one region.
  const places = all[0]?.index === index ? all : [];
  const rowsByPlace = new Map<number, PackedRow[]>();
  const marks = new Set<number>();
  for (const id of change.ids.keys()) {
    marks.add(markOf(encodeKeyElement(id)));
    const row = change.held.get(change.table, id);
    if (!row) continue;
    const packed = packRow(row, change.position);
    const place = placeOf(places, packed.key);
    const rows = rowsByPlace.get(place) ?? [];
    rowsByPlace.set(place, rows);
    rows.push(packed);
  }
  if (places.length === 0) return [{ old: all, rows: rowsByPlace.get(0) ?? [] }];
  const regions: { old: Segment[]; rows: PackedRow[] | undefined }[] = [];
  for (const [place, segment] of places.entries()) {
    const added = rowsByPlace.get(place);
    const isChanged = added !== undefined || segment.marks.some((mark) => marks.has(mark));
    const last = regions[regions.length - 1];
    // Neighbours that change are divided anew together, so that small ones do not stay small.
    if (isChanged && last?.rows) {
      last.old.push(segment);
      for (const row of added ?? []) last.rows.push(row);
    } else regions.push({ old: [segment], rows: isChanged ? (added ?? []) : undefined });
  }
  return regions;
}

/** Puts operations together into transactions of bounded size. */
function createBatch(write: CompactionTools["write"]): {
  add(operations: readonly StorageOperation[], sizeBytes: number): Promise<void>;
  end(): Promise<void>;
} {
  let waiting: StorageOperation[] = [];
  let waitingBytes = 0;
  const end = async (): Promise<void> => {
    if (waiting.length > 0) await write(waiting);
    waiting = [];
    waitingBytes = 0;
  };
  return {
    async add(operations, sizeBytes) {
      if (waitingBytes + sizeBytes > transactionBytesMax) await end();
      waiting.push(...operations);
      waitingBytes += sizeBytes;
    },
    end,
  };
}
