import { expect, test } from "vitest";
import { HeldRanges, type Row } from "../ranges/index.ts";
import { schemaHash } from "../schema/index.ts";
import type { StorageOperation, StoredRow } from "../storage/index.ts";
import { encodeKey, encodeKeyElement, keyAfterPrefix } from "../values/index.ts";
import { compactSegments, type Compacted, type CompactionTools } from "./compaction.ts";
import type { ChangedIds } from "./disk-rows.ts";
import { schema } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { homeIndex, readSegment, segmentsIn, type Directory, type FirstReads } from "./segments.ts";
import { storedFormat } from "./stored-rows.ts";

const stamp = { format: storedFormat, schema: schemaHash(schema) };
const ranges = [{ table: "notes", index: "by_list" }];
const noReads: FirstReads = new Map();

/** Segments as a storage keeps them, without one. */
function createShelf(firstReads: FirstReads = noReads) {
  const rowByNumber = new Map<number, StoredRow>();
  const writes: (readonly StorageOperation[])[] = [];
  let count = 0;
  const tools: CompactionTools = {
    schema,
    stamp,
    firstReads,
    number: () => ++count,
    read: async (number) => rowByNumber.get(number),
    write: async (operations) => {
      writes.push(operations);
      for (const one of operations) {
        if (one.kind === "put" && one.key[0] === 1) rowByNumber.set(Number(one.key[1]), one.row);
      }
    },
  };
  const compact = (held: HeldRanges, directory: Directory, rows: readonly Row[]): Promise<Compacted> => {
    const changed: ChangedIds = new Map([["notes", new Map(rows.map(({ id }) => [id, 1]))]]);
    return compactSegments(held, { directory, changed, ranges }, tools);
  };
  const sizeOf = (operation: StorageOperation): number =>
    operation.kind === "put" && operation.key[0] === 1 ? bytesIn(operation.row) : 0;
  return {
    compact,
    rowsIn: (number: number) => readSegment(rowByNumber.get(number)),
    transactionSizes: () => writes.map((operations) => operations.reduce((sum, one) => sum + sizeOf(one), 0)),
  };
}

function bytesIn(row: StoredRow): number {
  return typeof row === "object" && row !== null && "bytes" in row && row.bytes instanceof Uint8Array
    ? row.bytes.length
    : 0;
}

function heldNotes(rows: readonly Row[]): HeldRanges {
  const held = HeldRanges.create(schema);
  held.hold({ table: "notes", index: "by_list", equalities: 0, lower: "", upper: keyAfterPrefix("") });
  for (const row of rows) held.put("notes", row);
  return held;
}

const notes = (count: number, size: number): Row[] =>
  Array.from({ length: count }, (_, k) => noteRow(k, `list ${k % 3}`, "-".repeat(size), 1));

test("[CL25] rows lie together in the order in which they are read, in bounded segments and transactions", async () => {
  const rows = notes(2_000, 300);
  const shelf = createShelf();
  const { directory } = await shelf.compact(heldNotes(rows), new Map(), rows);
  const segments = directory.get("notes") ?? [];
  expect(segments.length).toBeGreaterThan(8);
  expect(segments.map(({ index }) => index)).toEqual(segments.map(() => "by_list"));
  for (const { sizeBytes, marks } of segments) {
    expect(marks.length).toBeLessThanOrEqual(256);
    expect(sizeBytes).toBeLessThanOrEqual(64 * 1024 + marks.length);
  }
  for (const size of shelf.transactionSizes()) expect(size).toBeLessThanOrEqual(256 * 1024);
  // A third of the rows is in a third of the segments, and one row in the one whose mark says so.
  const lower = encodeKey(["list 1"]);
  const range = { table: "notes", index: "by_list", equalities: 1, lower, upper: keyAfterPrefix(lower) };
  expect(segmentsIn(schema, directory, range).length).toBeLessThanOrEqual(Math.ceil(segments.length / 3) + 1);
  const key = encodeKeyElement(rows[777]?.id ?? "");
  const byId = segmentsIn(schema, directory, {
    table: "notes",
    index: "by_id",
    equalities: 1,
    lower: key,
    upper: keyAfterPrefix(key),
  });
  expect(byId).toHaveLength(1);
});

test("[CL25] a change writes those segments anew that it touches, and leaves the others", async () => {
  const rows = notes(2_000, 300);
  const shelf = createShelf();
  const before = await shelf.compact(heldNotes(rows), new Map(), rows);
  const moved = noteRow(4, "list 2", "moved", 2, 500);
  const gone = noteRow(1_999, "", "", 1);
  // Nothing else of the rows is in memory.
  const after = await shelf.compact(heldNotes([moved]), before.directory, [moved, gone]);
  const [old, next] = [before.directory.get("notes") ?? [], after.directory.get("notes") ?? []];
  expect(next.filter((one) => !old.includes(one)).length).toBeLessThanOrEqual(4);
  const stored = next.flatMap(({ number }) => shelf.rowsIn(number).map(([version]) => version));
  expect([stored.length, stored.filter((version) => version === 2).length]).toEqual([1_999, 1]);
});

test("[CL25] the order follows what is read most, and does not change for little", () => {
  const home = (present: string | undefined, counts: Record<string, number>): string =>
    homeIndex(ranges, new Map([["notes", new Map(Object.entries(counts))]]), { table: "notes", present });
  expect(home(undefined, {})).toBe("by_list");
  expect(home(undefined, { by_creation_time: 1 })).toBe("by_creation_time");
  expect(home("by_list", { by_creation_time: 20, by_list: 10 })).toBe("by_list");
  expect(home("by_list", { by_creation_time: 21, by_list: 10 })).toBe("by_creation_time");
  expect(home("by_creation_time", {})).toBe("by_creation_time");
});
