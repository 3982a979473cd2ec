import fc from "fast-check";
import { defineSchema, defineTable, documentKeys, keyRangeOf, stringifyValue, tableOf, v } from "bothy/internal";
import type { Document, HeldRanges, Key, KeyRange } from "bothy/internal";
import { expect, test } from "vitest";
import type { DocumentWrite } from "../../engine/engine.ts";
import type { LimitedRange, RowsMessage } from "../messages.ts";
import { readPart } from "../../engine/read-part.ts";
import { HotRanges } from "./hot-ranges.ts";
import type { HotSnapshot, RangeRows } from "./hot-ranges.ts";

const schema = defineSchema({
  notes: defineTable({ room: v.string(), rank: v.number() }).index("by_room", ["room", "rank"]),
});
const table = tableOf(schema, "notes");

interface Stored {
  readonly id: string;
  readonly version: number;
  readonly keys: readonly Key[];
  readonly text: string;
}

/** The store as the server has it: what a process must never differ from. */
class Oracle {
  version = 0;
  readonly rows = new Map<string, Stored>();
  readonly #touched: { readonly version: number; readonly keys: readonly (readonly Key[])[] }[] = [];

  write(id: string, fields: { room: string; rank: number } | null): DocumentWrite {
    const before = this.rows.get(id)?.keys ?? null;
    this.version++;
    if (fields === null) {
      this.rows.delete(id);
      this.#touched.push({ version: this.version, keys: before === null ? [] : [before] });
      return { table: "notes", id, text: null, before, after: null };
    }
    const document: Document = { _id: id, _creationTime: 1, ...fields };
    const row = { id, version: this.version, keys: documentKeys(table, document), text: stringifyValue(document) };
    this.rows.set(id, row);
    this.#touched.push({ version: this.version, keys: before === null ? [row.keys] : [before, row.keys] });
    return { table: "notes", id, text: row.text, before, after: row.keys };
  }

  read(range: KeyRange, order: "asc" | "desc", limit: number) {
    const position = table.indexes.findIndex(({ name }) => name === range.index);
    const inside = [...this.rows.values()]
      .map((row) => ({ row, key: row.keys[position] ?? "" }))
      .filter(({ key }) => key >= range.lower && key < range.upper)
      .sort((a, b) => (a.key < b.key === (order === "asc") ? -1 : 1));
    const taken = inside.slice(0, limit);
    return {
      documents: taken.map(({ row }) => row),
      keys: taken.map(({ key }) => key),
      isWhole: taken.length === inside.length,
    };
  }

  isUnchangedSince(range: KeyRange, since: number): boolean {
    const position = table.indexes.findIndex(({ name }) => name === range.index);
    return !this.#touched.some(
      ({ version, keys }) =>
        version > since &&
        keys.some((each) => (each[position] ?? "") >= range.lower && (each[position] ?? "") < range.upper),
    );
  }
}

function answer(oracle: Oracle, wanted: LimitedRange, since: number): RowsMessage {
  const { part, rows } = readPart(oracle, wanted);
  return {
    type: "rows",
    read: 1,
    version: oracle.version,
    rows,
    part,
    isUnchanged: oracle.isUnchangedSince(part, since),
  };
}

function bring(held: HeldRanges, { part, rows }: RangeRows): void {
  for (const row of rows) held.put("notes", row);
  held.hold(part);
}

/** Reads as a call does; undefined: the call was overtaken. */
function readAs(hot: HotRanges, oracle: Oracle, snapshot: HotSnapshot, wanted: LimitedRange): string[] | undefined {
  for (;;) {
    const { rows, isComplete } = snapshot.held.read(wanted.range, wanted.order, wanted.limit);
    if (isComplete) return rows.map(({ id }) => id);
    const older = hot.addOlder(snapshot, wanted);
    if (older !== undefined) bring(snapshot.held, older);
    else {
      const message = answer(oracle, wanted, snapshot.version);
      const fetched = hot.addRead(message);
      if (!message.isUnchanged) return undefined;
      bring(snapshot.held, fetched);
    }
  }
}

const rooms = ["a", "b", "c"];
const ids = Array.from({ length: 12 }, (_, at) => `id${at}`);
const step = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    id: fc.constantFrom(...ids),
    room: fc.option(fc.constantFrom(...rooms)),
    rank: fc.integer({ min: 0, max: 3 }),
    isSent: fc.constant(true),
  }),
  fc.record({
    kind: fc.constant("read" as const),
    room: fc.constantFrom(...rooms),
    order: fc.constantFrom("asc" as const, "desc" as const),
    limit: fc.constantFrom(1, 3, 1_000),
    /** A commit between the call's begin and its read. */
    meanwhile: fc.option(fc.constantFrom(...ids)),
    /** A smaller or larger share between the call's begin and its read: what was there may be gone. */
    budget: fc.option(fc.constantFrom(0, 2_000, 20_000)),
  }),
);

test("[FN1] [FN2] [FN14] whatever is written, read and dropped in whichever order, a read shows the store at the call's snapshot", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 3_000, 12_000, 1_000_000), (steps, given) => {
      let budget: number = given;
      const oracle = new Oracle();
      const hot = new HotRanges(schema, budget);
      const commit = (id: string, fields: { room: string; rank: number } | null): void => {
        const write = oracle.write(id, fields);
        hot.applyCommit({ type: "commit", version: oracle.version, writes: [write] });
      };
      for (const each of steps) {
        if (each.kind === "write") {
          commit(each.id, each.room === null ? null : { room: each.room, rank: each.rank });
          continue;
        }
        const range = keyRangeOf(schema, { table: "notes", index: "by_room", prefix: [each.room] });
        const snapshot = hot.snapshot();
        const expected = oracle.read(range, each.order, each.limit).documents.map(({ id }) => id);
        if (each.budget !== null) hot.setBudget((budget = each.budget));
        if (each.meanwhile !== null) commit(each.meanwhile, { room: "b", rank: 9 });
        const seen = readAs(hot, oracle, snapshot, { range, order: each.order, limit: each.limit });
        if (seen !== undefined) expect(seen).toEqual(expected);
        else expect(each.meanwhile).not.toBe(null);
        expect(hot.heldBytes).toBeLessThanOrEqual(budget);
      }
    }),
    { numRuns: 400 },
  );
});

test("[FN14] what is read again and again stays, though much else is read in between", () => {
  const oracle = new Oracle();
  const hot = new HotRanges(schema, 40_000);
  for (const room of ["kept", ...Array.from({ length: 200 }, (_, at) => `room ${at}`)])
    oracle.write(`id ${room}`, { room, rank: 1 });
  hot.advance(oracle.version);
  let asked = 0;
  const read = (room: string): void => {
    const range = keyRangeOf(schema, { table: "notes", index: "by_room", prefix: [room] });
    const snapshot = hot.snapshot();
    if (snapshot.held.read(range, "asc", 10).isComplete || hot.addOlder(snapshot, { range, order: "asc", limit: 10 }))
      return;
    if (room === "kept") asked++;
    hot.addRead(answer(oracle, { range, order: "asc", limit: 10 }, snapshot.version));
  };
  for (let at = 0; at < 200; at++) {
    read("kept");
    read(`room ${at}`);
  }
  expect(asked).toBe(1);
});

test("a document that a commit brought is parsed when it is looked at, and frozen", () => {
  const oracle = new Oracle();
  const hot = new HotRanges(schema, 1_000_000);
  const range = keyRangeOf(schema, { table: "notes", index: "by_room", prefix: [] });
  hot.addRead(answer(oracle, { range, order: "asc", limit: 10 }, 0));
  const write = oracle.write("id1", { room: "a", rank: 1 });
  hot.applyCommit({ type: "commit", version: 1, writes: [write] });
  const row = hot.snapshot().held.get("notes", "id1");
  expect(row?.document).toEqual({ _id: "id1", _creationTime: 1, room: "a", rank: 1 });
  expect(row?.document).toBe(row?.document);
  expect(Object.isFrozen(row?.document)).toBe(true);
});

test("[FN14] what commits bring into a range that nothing reads any more is dropped like all else", () => {
  const oracle = new Oracle();
  const hot = new HotRanges(schema, 40_000);
  const read = (room: string): void => {
    const range = keyRangeOf(schema, { table: "notes", index: "by_room", prefix: [room] });
    hot.addRead(answer(oracle, { range, order: "asc", limit: 1_000 }, oracle.version));
  };
  read("busy");
  for (let at = 0; at < 2_000; at++) {
    const write = oracle.write(`busy ${at}`, { room: "busy", rank: at });
    hot.applyCommit({ type: "commit", version: oracle.version, writes: [write] });
    const { held, older } = hot.snapshot();
    expect(held.rows("notes").length + older.rows("notes").length).toBeLessThan(70);
  }
});
