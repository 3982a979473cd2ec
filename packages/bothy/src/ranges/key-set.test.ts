import fc from "fast-check";
import { expect, test } from "vitest";
import { defineSchema, defineTable, documentKeys, keyRangeFor, tableOf } from "../schema/index.ts";
import { v } from "../values/index.ts";
import { KeySet, rangeContains, type Row } from "./index.ts";

const schema = defineSchema({
  items: defineTable({ list: v.string(), rank: v.number() }).index("by_list", ["list", "rank"]),
  others: defineTable({}),
});
const table = tableOf(schema, "items");

const rowOf = (list: string, rank: number): Row => {
  const document = { _id: `${list}${rank}`, _creationTime: rank, list, rank };
  return { id: document._id, version: 1, keys: documentKeys(table, document), document };
};
const anyRow = fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 20 }));

test("[RA8] a set of keys touches the reads that contain one of them, and no others", () => {
  fc.assert(
    fc.property(fc.array(anyRow, { maxLength: 8 }), anyRow, (added, [list, rank]) => {
      const keys = new KeySet(schema);
      const rows = added.map(([ofList, ofRank]) => rowOf(ofList, ofRank));
      for (const row of rows) keys.add("items", row);
      const range = keyRangeFor(table, tableOf(schema, "items").indexes[2] ?? expect.fail("by_list is there"), {
        prefix: [list],
        lower: { value: rank, isInclusive: true },
      });
      expect(keys.touches([range])).toBe(rows.some((row) => rangeContains(range, row.keys[2])));
      expect(keys.touches([{ ...range, table: "others" }])).toBe(false);
      expect(keys.touches([])).toBe(false);
    }),
  );
});
