import { defineSchema, defineTable, parseValue, projectFields, stringifyValue, tableOf, v } from "bothy/internal";
import type { Value } from "bothy/internal";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { projectText, touchedWidth } from "./project-text.ts";

const fields = ["a", "b", 'quo"te', "back\\slash\\", "comma,", "brace}"];
const table = tableOf(
  defineSchema({ t: defineTable(v.any()).projection("one", ["a"]).projection("more", ["a", 'quo"te', "comma,"]) }),
  "t",
);
const anyField: fc.Arbitrary<Value> = fc.oneof(
  fc.string(),
  fc.constantFrom('"', "\\", '\\"', "},{", '"}', "\\\\"),
  fc.double(),
  fc.boolean(),
  fc.bigInt({ min: -5n, max: 5n }),
  fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 3 }),
  fc.record({ x: fc.constantFrom('"', "{", "]"), y: fc.array(fc.string(), { maxLength: 2 }) }),
);
const anyDocument = fc
  .dictionary(fc.constantFrom(...fields), anyField, { maxKeys: 6 })
  .map((drawn): Record<string, Value> => ({ ...drawn, _id: "id", _creationTime: 1 }));

test("[SY60] the text of a projection is that of the document without the other fields", () => {
  fc.assert(
    fc.property(anyDocument, fc.constantFrom(...table.projections), (document, projection) => {
      const text = projectText(stringifyValue(document), projection);
      expect(text).toBe(stringifyValue(projectFields(document, projection)));
      expect(parseValue(text)).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});

test("[EN28] [SY61] a change is seen by the projections that show another text after it, and by all wider ones", () => {
  const pair = fc.tuple(anyDocument, fc.dictionary(fc.constantFrom(...fields), anyField, { maxKeys: 1 }), fc.nat(5));
  fc.assert(
    fc.property(pair, ([before, change, dropped]) => {
      const after: Record<string, Value> = { ...before, ...change };
      if (dropped < 2) delete after[fields[dropped] ?? ""];
      const texts = [before, after].map(stringifyValue);
      const seen = table.projections.map((one) => new Set(texts.map((text) => projectText(text, one))).size > 1);
      const width = touchedWidth(table, texts[0] ?? null, texts[1] ?? null);
      expect([...seen, true]).toEqual([0, 1, 2].map((at) => at >= width));
    }),
    { numRuns: 2_000 },
  );
  expect(touchedWidth(table, null, "{}")).toBe(0);
  expect(touchedWidth(table, "{}", null)).toBe(0);
});
