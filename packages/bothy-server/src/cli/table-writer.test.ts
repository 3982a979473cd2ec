import fc from "fast-check";
import { defineSchema, defineTable, makeId, stringifyValue, v } from "bothy/internal";
import type { Value } from "bothy/internal";
import { expect, test } from "vitest";
import { parseRows } from "./parse-rows.ts";
import { openTableWriter } from "./table-writer.ts";

const schema = defineSchema({
  things: defineTable({ value: v.any(), name: v.string(), note: v.optional(v.string()) }).index("by_name", ["name"]),
});

const inner: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.slice().buffer as ArrayBuffer),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.stringMatching(/^[a-z][a-zA-Z0-9_]{0,8}$/u).filter((name) => name !== "__proto__"),
      tie("value"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value;

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const thing = fc.record({ value: inner, name: text, note: text }, { requiredKeys: ["value", "name"] });
test("[BK26] a CSV of a table is read back as the same rows, and what it can't hold is told by field", () => {
  fc.assert(
    fc.property(fc.array(thing, { maxLength: 8 }), (things) => {
      const writer = openTableWriter("csv", schema.tables["things"] ?? expect.fail());
      const rows = things.map((fields, at) => ({
        ...fields,
        _id: makeId("things", new Uint8Array(16).fill(at)),
        _creationTime: at + 0.5,
      }));
      const csv = writer.begin + rows.map((row, at) => writer.row(stringifyValue(row), at)).join("");
      const lost = writer.losses();
      const read = readRows(csv);
      for (const [at, row] of rows.entries()) {
        for (const field of ["_id", "_creationTime", "name", "note", "value"] as const) {
          const isSame = stringifyValue([read[at]?.[field] ?? null]) === stringifyValue([row[field] ?? null]);
          if (!isSame) expect(lost.some((line) => line.startsWith(`"${field}"`))).toBe(true);
        }
      }
    }),
  );
});

function readRows(csv: string): { readonly [field: string]: Value | undefined }[] {
  const table = schema.tables["things"] ?? expect.fail();
  return parseRows(new TextEncoder().encode(csv), "csv", { schema, table }) as { [field: string]: Value | undefined }[];
}
