import fc from "fast-check";
import { expect, test } from "vitest";
import type { KeyRange, Schema } from "../schema/index.ts";
import { encodeKey, keyAfterPrefix, type Document, type Value } from "../values/index.ts";
import { HeldRanges } from "./held-ranges.ts";
import { RangeIndex } from "./range-index.ts";
import type { Row } from "./row.ts";

interface Index {
  readonly name: string;
  readonly fields: readonly string[];
}

const systemIndexes: readonly Index[] = [
  { name: "by_id", fields: ["_id"] },
  { name: "by_creation_time", fields: ["_creationTime", "_id"] },
];

function schemaOf(indexes: readonly Index[]): Schema {
  // Only what `ranges` asks of a schema: the names and fields of the indexes of each table, and its projections.
  return { tables: { t: { name: "t", indexes, projections: [] } } } as unknown as Schema;
}

function rowOf(indexes: readonly Index[], document: Document): Row {
  const keys = indexes.map(({ fields }) => encodeKey(fields.map((field) => document[field])));
  return { id: document._id, version: 1, keys, document };
}

type Bound = { readonly value: number; readonly isInclusive: boolean } | undefined;

/** A range as a test draws it: an index, values for its first fields, and bounds or the edge of a window after them. */
interface Drawn {
  readonly index: number;
  readonly equalities: number;
  readonly values: readonly number[];
  readonly lower: Bound;
  readonly upper: Bound;
  readonly isWindow: boolean;
}

const bound = fc.option(fc.record({ value: fc.nat(2), isInclusive: fc.boolean() }), { nil: undefined });
const drawn: fc.Arbitrary<Drawn> = fc.record({
  index: fc.nat(),
  equalities: fc.nat(4),
  values: fc.array(fc.nat(2), { minLength: 5, maxLength: 5 }),
  lower: bound,
  upper: bound,
  isWindow: fc.boolean(),
});

function valueOf(field: string, drawn: number): Value {
  return field === "_id" ? `id${drawn}` : drawn;
}

function rangeOf(indexes: readonly Index[], one: Drawn, mayBeWindow: boolean): KeyRange {
  const index = indexes[one.index % indexes.length] ?? { name: "", fields: [] };
  const equalities = Math.min(one.equalities, index.fields.length);
  const values = index.fields.map((field, at) => valueOf(field, one.values[at] ?? 0));
  const prefix = encodeKey(values.slice(0, equalities));
  const next = index.fields[equalities];
  const range = { table: "t", index: index.name, equalities, lower: prefix, upper: keyAfterPrefix(prefix) };
  if (next === undefined) return range;
  if (one.isWindow && mayBeWindow) return { ...range, lower: encodeKey(values) };
  const { lower, upper } = one;
  if (lower !== undefined) {
    const key = prefix + encodeKey([valueOf(next, lower.value)]);
    range.lower = lower.isInclusive ? key : keyAfterPrefix(key);
  }
  if (upper !== undefined) {
    const key = prefix + encodeKey([valueOf(next, upper.value)]);
    range.upper = upper.isInclusive ? keyAfterPrefix(key) : key;
  }
  return range;
}

const indexesDrawn: fc.Arbitrary<readonly Index[]> = fc
  .array(fc.shuffledSubarray(["a", "b", "c"], { minLength: 1 }), { minLength: 1, maxLength: 3 })
  .map((lists) => [
    ...systemIndexes,
    ...lists.map((fields, at) => ({ name: `by_${at}`, fields: [...fields, "_creationTime", "_id"] })),
  ]);

const worldDrawn = fc
  .array(fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2), _creationTime: fc.nat(2) }), { maxLength: 14 })
  .map((documents): Document[] => documents.map((fields, at) => ({ _id: `id${at}`, ...fields })));

/** What a read of the whole world returns. */
function readWorld(indexes: readonly Index[], rows: readonly Row[], range: KeyRange, order: "asc" | "desc"): Row[] {
  const position = indexes.findIndex(({ name }) => name === range.index);
  const inside = rows.filter(
    ({ keys }) => (keys[position] ?? "") >= range.lower && (keys[position] ?? "") < range.upper,
  );
  inside.sort((x, y) => ((x.keys[position] ?? "") < (y.keys[position] ?? "") ? -1 : 1));
  return order === "asc" ? inside : inside.toReversed();
}

function idsOf(rows: readonly Row[]): string[] {
  return rows.map(({ id }) => id);
}

interface Read {
  readonly range: KeyRange;
  readonly order: "asc" | "desc";
  readonly limit: number;
}

/** Compares a read with what the whole world has; returns whether all of it was said to be complete. */
function checkRead(held: HeldRanges, { range, order, limit }: Read, expected: readonly Row[]): boolean {
  const all = held.read(range, order, 100);
  expect(all.isComplete).toBe(held.isComplete(range));
  if (all.isComplete) expect(idsOf(all.rows)).toEqual(idsOf(expected));
  const some = held.read(range, order, limit);
  if (some.isComplete) expect(idsOf(some.rows)).toEqual(idsOf(expected.slice(0, limit)));
  else expect(all.isComplete).toBe(false);
  return all.isComplete;
}

test("[RA5] [RA6] what is called complete is what a read of the whole world returns", () => {
  const read = fc.record({
    range: drawn,
    order: fc.constantFrom("asc" as const, "desc" as const),
    limit: fc.integer({ min: 1, max: 6 }),
  });
  let completeCount = 0;
  fc.assert(
    fc.property(
      indexesDrawn,
      worldDrawn,
      fc.array(drawn, { maxLength: 4 }),
      fc.array(read, { minLength: 5, maxLength: 15 }),
      (indexes, documents, holds, reads) => {
        const world = documents.map((document) => rowOf(indexes, document));
        const held = HeldRanges.create(schemaOf(indexes));
        for (const one of holds) {
          const range = rangeOf(indexes, one, true);
          held.hold(range);
          for (const row of readWorld(indexes, world, range, "asc")) held.put("t", row);
        }
        for (const one of reads) {
          const range = rangeOf(indexes, one.range, true);
          const expected = readWorld(indexes, world, range, one.order);
          if (checkRead(held, { ...one, range }, expected)) completeCount++;
        }
      },
    ),
    { numRuns: 1000 },
  );
  // Soundness alone would be shown by a memory that never says complete.
  expect(completeCount).toBeGreaterThan(1000);
});

test("[RA5] a read inside one held range is complete, through its own index and through others that imply it", () => {
  fc.assert(
    fc.property(indexesDrawn, drawn, drawn, (indexes, holdDrawn, readDrawn) => {
      const range = rangeOf(indexes, holdDrawn, true);
      const held = HeldRanges.create(schemaOf(indexes));
      held.hold(range);
      const inside = rangeOf(indexes, { ...readDrawn, index: holdDrawn.index }, true);
      const isInside = inside.lower >= range.lower && inside.upper <= range.upper;
      expect(isInside && !held.isComplete(inside)).toBe(false);
      const whole = rangeOf(indexes, { ...holdDrawn, lower: undefined, upper: undefined }, false);
      held.hold(whole);
      const heldFields = indexes.find(({ name }) => name === whole.index)?.fields.slice(0, whole.equalities) ?? [];
      // Through another index: as long as its equalities fix every field that the held range fixes, to the same values.
      const heldValues = new Map(heldFields.map((field, at) => [field, holdDrawn.values[at] ?? 0]));
      for (const index of indexes) {
        const values = index.fields.map((field, at) => heldValues.get(field) ?? readDrawn.values[at] ?? 0);
        const lastNeeded = Math.max(-1, ...heldFields.map((field) => index.fields.indexOf(field)));
        if (heldFields.some((field) => !index.fields.includes(field))) continue;
        const equalities = lastNeeded + 1;
        const implied = rangeOf(indexes, { ...readDrawn, index: indexes.indexOf(index), values, equalities }, false);
        expect(held.isComplete(implied)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

function checkRelease(held: HeldRanges, range: KeyRange): void {
  const idsBefore = idsOf(held.rows("t"));
  const removed = idsOf(held.release(range));
  expect([...idsOf(held.rows("t")), ...removed].sort()).toEqual(idsBefore);
}

test("[RA3] [RA4] after holds and releases a memory has the rows of what is still held, and a clone has not changed", () => {
  fc.assert(
    fc.property(
      indexesDrawn,
      worldDrawn,
      fc.array(fc.record({ range: drawn, released: fc.nat(), isRelease: fc.boolean(), isClone: fc.boolean() }), {
        maxLength: 12,
      }),
      (indexes, documents, steps) => {
        const world = documents.map((document) => rowOf(indexes, document));
        let held = HeldRanges.create(schemaOf(indexes));
        let ranges: KeyRange[] = [];
        const past: { held: HeldRanges; ids: string[]; ranges: readonly KeyRange[] }[] = [];
        const check = (memory: HeldRanges, still: readonly KeyRange[], ids: readonly string[]): void => {
          expect(idsOf(memory.rows("t"))).toEqual(ids);
          for (const range of still) expect(memory.isComplete(range)).toBe(true);
        };
        const expectedIds = (): string[] =>
          idsOf(
            world.filter((row) => ranges.some((range) => readWorld(indexes, [row], range, "asc").length > 0)),
          ).sort();
        for (const step of steps) {
          if (step.isClone) {
            // Whichever of the two goes on writing, the other must not notice.
            const clone = held.clone();
            past.push({ held: step.released % 2 === 0 ? held : clone, ids: expectedIds(), ranges });
            held = step.released % 2 === 0 ? clone : held;
            ranges = [...ranges];
          }
          if (step.isRelease && ranges.length > 0) {
            const [range] = ranges.splice(step.released % ranges.length, 1);
            if (range !== undefined) checkRelease(held, range);
          } else {
            const range = rangeOf(indexes, step.range, true);
            ranges.push(range);
            held.hold(range);
            for (const row of readWorld(indexes, world, range, "asc")) held.put("t", row);
          }
          check(held, ranges, expectedIds());
        }
        for (const one of past) check(one.held, one.ranges, one.ids);
      },
    ),
    { numRuns: 400 },
  );
});

test("[RA6] a limited read that ends inside a held window is complete, in either order", () => {
  const rows = [1, 2, 3, 4].map((time) => rowOf(indexes, { _id: `id${time}`, _creationTime: time, a: 1 }));
  const held = HeldRanges.create(schemaOf(indexes));
  for (const row of rows.slice(1)) held.put("t", row);
  held.hold({ ...rangeOfA(1), lower: rows[1]?.keys[2] ?? "" });
  expect([2, 3, 4].map((limit) => held.read(rangeOfA(1), "desc", limit).isComplete)).toEqual([true, true, false]);
  expect(held.read(rangeOfA(1), "asc", 1).isComplete).toBe(false);
  expect(held.reach(rangeOfA(1), "desc")).toBe(rows[1]?.keys[2]);
  expect(held.reach(rangeOfA(1), "asc")).toBe(rangeOfA(1).lower);
});

const indexes: readonly Index[] = [...systemIndexes, { name: "by_a", fields: ["a", "_creationTime", "_id"] }];

function rangeOfA(a: number): KeyRange {
  const lower = encodeKey([a]);
  return { table: "t", index: "by_a", equalities: 1, lower, upper: keyAfterPrefix(lower) };
}

test("[RA4] a row that lies in no held range is seen by reads and moves with its keys", () => {
  const held = HeldRanges.create(schemaOf(indexes));
  held.put("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 1 }));
  expect(held.read(rangeOfA(1), "asc", 10)).toMatchObject({ rows: [{ id: "x" }], isComplete: false });
  expect(held.isInside("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 1 }).keys)).toBe(false);
  held.put("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 2 }));
  expect(held.read(rangeOfA(1), "asc", 10).rows).toEqual([]);
  expect(held.read(rangeOfA(2), "asc", 10).rows).toHaveLength(1);
  expect(held.rows("t")).toHaveLength(1);
  expect(held.remove("t", "x")).toMatchObject({ id: "x" });
  expect(held.remove("t", "x")).toBeUndefined();
  expect(held.rows("t")).toEqual([]);
});

test("[RA5] a read by id is complete when the row is held, and when its absence is", () => {
  const held = HeldRanges.create(schemaOf(indexes));
  const key = encodeKey(["x"]);
  const byId: KeyRange = { table: "t", index: "by_id", equalities: 1, lower: key, upper: keyAfterPrefix(key) };
  expect(held.isComplete(byId)).toBe(false);
  held.put("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 1 }));
  expect(held.isComplete(byId)).toBe(true);
  held.remove("t", "x");
  expect(held.isComplete(byId)).toBe(false);
  held.hold(byId);
  expect(held.isComplete(byId)).toBe(true);
});

test("[RA3] what is held twice is released twice, and nothing that is not held is released", () => {
  const held = HeldRanges.create(schemaOf(indexes));
  held.hold(rangeOfA(1));
  held.hold(rangeOfA(1));
  held.put("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 1 }));
  expect(held.release(rangeOfA(1))).toEqual([]);
  expect(held.release(rangeOfA(1))).toHaveLength(1);
  expect(() => held.release(rangeOfA(1))).toThrow(expect.objectContaining({ code: "internal" }));
});

test("[RA7] an empty range is complete, has no rows and concerns nobody", () => {
  const held = HeldRanges.create(schemaOf(indexes));
  held.put("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 1 }));
  const empty = { ...rangeOfA(1), upper: rangeOfA(1).lower };
  expect(held.read(empty, "asc", 10)).toEqual({ rows: [], isComplete: true });
  expect(held.isComplete(empty)).toBe(true);
  held.hold(empty);
  expect(held.isInside("t", rowOf(indexes, { _id: "x", _creationTime: 1, a: 1 }).keys)).toBe(false);
  expect(held.release(empty)).toEqual([]);
  const index = new RangeIndex<string>();
  const undo = index.add(empty, "nobody");
  index.match("t", "by_a", empty.lower, (subscriber) => expect.unreachable(subscriber));
  undo();
  expect(index.size).toBe(0);
});
