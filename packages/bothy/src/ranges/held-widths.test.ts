import fc from "fast-check";
import { expect, test } from "vitest";
import {
  defineSchema,
  defineTable,
  documentKeys,
  keyRangeOf,
  projectFields,
  tableOf,
  type KeyRange,
} from "../schema/index.ts";
import { makeId, v, type Document } from "../values/index.ts";
import { HeldRanges, rangeContains, type Row } from "./index.ts";

const schema = defineSchema({
  t: defineTable({ a: v.number(), b: v.number(), c: v.number() })
    .index("by_a", ["a"])
    .index("by_b", ["b"])
    .index("by_c", ["c"])
    .projection("line", ["a"])
    .projection("card", ["a", "b"]),
});
const table = tableOf(schema, "t");
const widths = ["line", "card", undefined] as const;
type Shown = (typeof widths)[number];

const widthBy: Readonly<Record<string, number>> = { by_id: 0, by_creation_time: 0, by_a: 0, by_b: 1, by_c: 2 };

/** A range of one of the indexes, in a projection in which that lies. */
const range: fc.Arbitrary<KeyRange> = fc
  .record({ index: fc.constantFrom("by_creation_time", "by_a", "by_b", "by_c"), value: fc.nat(1), width: fc.nat(2) })
  .map(({ index, value, width }) => {
    const only: Shown = widths[Math.max(width, widthBy[index] ?? 0)];
    const prefix = index === "by_creation_time" ? [] : [value];
    return keyRangeOf(schema, { table: "t", index, prefix, ...(only && { only }) });
  });
const fields = fc.record({ a: fc.nat(1), b: fc.nat(1), c: fc.nat(1) });
const world = fc
  .array(fields, { maxLength: 6 })
  .map((all) =>
    all.map((one, i): Document => ({ _id: makeId("t", new Uint8Array(16).fill(i)), _creationTime: i, ...one })),
  );

function rowOf(document: Document, only: Shown): Row {
  const shown = table.projections.find(({ name }) => name === only);
  const keys = documentKeys(table, document, shown);
  const row = { id: document._id, version: 1, keys, document: shown ? projectFields(document, shown) : document };
  return only === undefined ? row : { ...row, projection: only };
}

function isInside(held: KeyRange, document: Document): boolean {
  const position = table.indexes.findIndex(({ name }) => name === held.index);
  return rangeContains(held, documentKeys(table, document)[position]);
}

/** The widest of the ranges in which a document lies; -1: in none. */
function widthIn(holds: readonly KeyRange[], document: Document): number {
  const around = holds.filter((held) => isInside(held, document));
  return Math.max(-1, ...around.map(({ projection }) => widths.findIndex((one) => one === projection)));
}

test("[RA10] a read that is complete as widely as it asks finds all, and never a row that is narrower", () => {
  let completeCount = 0;
  fc.assert(
    fc.property(
      world,
      fc.array(range, { maxLength: 5 }),
      range,
      fc.boolean(),
      (documents, holds, asked, isDescending) => {
        const held = HeldRanges.create(schema);
        for (const one of holds) held.hold(one);
        for (const document of documents) {
          const width = widthIn(holds, document);
          if (width >= 0) held.put("t", rowOf(document, widths[width]));
        }
        const order = isDescending ? "desc" : "asc";
        const read = held.read(asked, order, Infinity);
        const width = widths.findIndex((one) => one === asked.projection);
        expect(read.rows.every(({ projection }) => widths.indexOf(projection as Shown) >= width)).toBe(true);
        const inside = documents.filter((document) => isInside(asked, document)).map(({ _id }) => _id);
        const found = read.rows.map(({ id }) => id);
        if (read.isComplete) expect(found.toSorted()).toEqual(inside.toSorted());
        else expect(inside).toEqual(expect.arrayContaining(found));
        const first = held.read(asked, order, 1);
        if (first.isComplete) expect(first.rows[0]?.id).toBe(held.read(asked, order, Infinity).rows[0]?.id);
        expect(held.isComplete(asked)).toBe(read.isComplete);
        completeCount += Number(read.isComplete && inside.length > 0);
        // What is held as widely or more widely is what counts.
        if (
          holds.some(
            (one) =>
              one.index === asked.index &&
              one.lower === asked.lower &&
              widths.indexOf(one.projection as Shown) >= width,
          )
        )
          expect(read.isComplete).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(completeCount).toBeGreaterThan(200);
});

test("[RA10] a release hands back the rows that no range holds as widely any more, and no others", () => {
  fc.assert(
    fc.property(world, fc.array(range, { minLength: 1, maxLength: 5 }), fc.nat(4), (documents, holds, at) => {
      const held = HeldRanges.create(schema);
      for (const one of holds) held.hold(one);
      for (const document of documents) {
        const width = widthIn(holds, document);
        if (width >= 0) held.put("t", rowOf(document, widths[width]));
      }
      const dropped = at % holds.length;
      const [gone] = holds.slice(dropped, dropped + 1);
      if (gone === undefined) return;
      const rest = holds.filter((_, place) => place !== dropped);
      const expected = documents.filter((document) => widthIn(rest, document) < widthIn(holds, document));
      const released = held.release(gone);
      expect(released.map(({ id }) => id).toSorted()).toEqual(expected.map(({ _id }) => _id).toSorted());
      for (const { keys, id } of released) {
        const document = documents.find(({ _id }) => _id === id);
        const width = document === undefined ? -1 : widthIn(rest, document);
        // The narrower place in which it stays can be found by the keys that it had.
        expect(widths.map((one) => held.isInside("t", keys, one))).toEqual([0, 1, 2].map((one) => one <= width));
      }
    }),
    { numRuns: 2_000 },
  );
});
