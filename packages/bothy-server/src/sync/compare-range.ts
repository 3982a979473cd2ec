import { bucketOfRow, pokeText, printOfRow, printsText, readPrints } from "bothy/internal";
import type { DifferMessage, Repair } from "bothy/internal";
import type { Snapshot, StoredDocument } from "../engine/index.ts";
import { chunkOf, parted } from "./catch-up.ts";
import type { LiveRange } from "./live-range.ts";
import { windowPart } from "./window-edge.ts";

/** Each bucket that differs is told in 2^4 parts. */
const partsLevel = 4;

/**
 * Compares what a device says it has of a range with what is there at the version of a snapshot (SY37). Nothing is kept from one
 * question to the next. Yields what is sent, or undefined where others may have their turn.
 */
export function* compareRange(
  snapshot: Snapshot,
  range: LiveRange,
  { repair, partBytes }: { readonly repair: Repair; readonly partBytes: number },
): Generator<string | undefined> {
  const { level, prints, items } = repair;
  const rows = rowsOf(snapshot, range, partBytes);
  if (prints !== undefined) yield* differingBuckets(range.number, rows, { level, prints: readPrints(prints) });
  else yield* differingRows(snapshot.version, range, rows, { level, items: items ?? [], partBytes });
}

/** Lists of rows of a range as it is held, each read when the one before it has been dealt with. */
function* rowsOf(snapshot: Snapshot, range: LiveRange, partBytes: number): Generator<readonly StoredDocument[]> {
  const cursor = snapshot.cursor(windowPart(range.keys, range.window?.edge ?? null));
  for (let isWhole = false; !isWhole;) {
    const read = cursor.next(partBytes);
    isWhole = read.isWhole;
    yield read.documents;
  }
}

function* differingBuckets(
  range: number,
  lists: Iterable<readonly StoredDocument[]>,
  { level, prints }: { readonly level: number; readonly prints: readonly number[] },
): Generator<string | undefined> {
  const sums = new Uint32Array(2 ** (level + partsLevel));
  for (const rows of lists) {
    for (const row of rows) {
      const at = bucketOfRow(row, level + partsLevel);
      sums[at] = ((sums[at] ?? 0) + printOfRow(row)) >>> 0;
    }
    yield undefined;
  }
  const buckets = prints.flatMap((print, bucket): DifferMessage["buckets"] => {
    const parts = sums.subarray(bucket << partsLevel, (bucket + 1) << partsLevel);
    const sum = parts.reduce((total, part) => (total + part) >>> 0, 0);
    return sum === print ? [] : [[bucket, printsText(parts)]];
  });
  yield JSON.stringify({ type: "differ", range, level: level + partsLevel, buckets } satisfies DifferMessage);
}

function* differingRows(
  to: number,
  range: LiveRange,
  lists: Iterable<readonly StoredDocument[]>,
  {
    level,
    items,
    partBytes,
  }: { readonly level: number; readonly items: NonNullable<Repair["items"]>; readonly partBytes: number },
): Generator<string | undefined> {
  const unseenByBucket = new Map(items.map(([bucket, prints]) => [bucket, new Set(readPrints(prints))]));
  for (const rows of lists) {
    const lacking = rows.filter((row) => {
      const unseen = unseenByBucket.get(bucketOfRow(row, level));
      return unseen !== undefined && !unseen.delete(printOfRow(row));
    });
    for (const part of parted(lacking, partBytes)) {
      yield pokeText({ type: "poke", to, more: true }, [chunkOf(range, part, [])]);
    }
    yield undefined;
  }
  const gone = [...unseenByBucket.values()].flatMap((unseen) => [...unseen]);
  yield pokeText({ type: "poke", to, repaired: [[range.number, printsText(gone)]] }, []);
}
