import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";
import { compareValues, encodeKey, v, type Value } from "../values/index.ts";
import { anyIndexed } from "../values/values-contract.ts";
import {
  createRangeBuilder,
  defineSchema,
  defineTable,
  documentKeys,
  type IndexRangeBuilder,
  keyRangeOf,
  type LooseRangeBuilder,
  type RangeSpec,
  rangeSpecFromJson,
  rangeSpecId,
  rangeSpecToJson,
  tableOf,
} from "./index.ts";

const schema = defineSchema({ t: defineTable({ a: v.any(), b: v.any() }).index("by_a_b", ["a", "b"]) });
const builder = () => createRangeBuilder({ table: "t", index: "by_a_b" });
const specOf = (built: { parts: object }) => ({ table: "t", index: "by_a_b", ...built.parts }) as RangeSpec;
const refused = expect.objectContaining({ code: "range_invalid" });

const bound = fc.record({ value: anyIndexed, isInclusive: fc.boolean() });
const anySpec: fc.Arbitrary<RangeSpec> = fc
  .record({
    prefix: fc.array(anyIndexed, { maxLength: 1 }),
    lower: fc.option(bound),
    upper: fc.option(bound),
    newest: fc.option(fc.integer({ min: 1, max: 500 })),
  })
  .map(({ prefix, lower, upper, newest }) => ({
    table: "t",
    index: "by_a_b",
    prefix,
    ...(lower === null ? {} : { lower }),
    ...(upper === null ? {} : { upper }),
    ...(newest === null ? {} : { newest }),
  }));

function isInside(spec: RangeSpec, values: readonly (Value | undefined)[]): boolean {
  if (spec.prefix.some((value, i) => compareValues(value, values[i]) !== 0)) return false;
  const next = values[spec.prefix.length];
  const above = spec.lower === undefined ? 1 : compareValues(next, spec.lower.value);
  const below = spec.upper === undefined ? -1 : compareValues(next, spec.upper.value);
  return (
    (above > 0 || (above === 0 && spec.lower?.isInclusive === true)) &&
    (below < 0 || (below === 0 && spec.upper?.isInclusive === true))
  );
}

test("[SC7] the keys of a range are those of exactly the documents that its values describe", () => {
  fc.assert(
    fc.property(anySpec, anyIndexed, anyIndexed, (spec, a, b) => {
      const { lower, upper } = keyRangeOf(schema, spec);
      const key = documentKeys(tableOf(schema, "t"), { _id: "id", _creationTime: 1, a, b })[2] ?? "";
      expect(lower <= upper).toBe(true);
      expect(lower <= key && key < upper).toBe(isInside(spec, [a, b]));
    }),
    { numRuns: 5_000 },
  );
});

test("[SC7] near values are told apart at the ends of a range", () => {
  const near = fc.constantFrom<Value | undefined>(
    undefined,
    null,
    -0,
    0,
    1,
    "",
    "a",
    "a\0",
    "a\x01",
    "b",
    [],
    ["a"],
    {},
  );
  const spec = fc.record({
    lower: fc.option(fc.record({ value: near, isInclusive: fc.boolean() })),
    upper: fc.option(fc.record({ value: near, isInclusive: fc.boolean() })),
  });
  fc.assert(
    fc.property(spec, near, near, ({ lower, upper }, a, b) => {
      const range: RangeSpec = {
        table: "t",
        index: "by_a_b",
        prefix: [a],
        ...(lower === null ? {} : { lower }),
        ...(upper === null ? {} : { upper }),
      };
      const keys = keyRangeOf(schema, range);
      const key = encodeKey([a, b, 1, "id"]);
      expect(keys.lower <= key && key < keys.upper).toBe(isInside(range, [a, b]));
    }),
    { numRuns: 3_000 },
  );
});

test("[SC8] a range comes back from the form in which it travels, and equal ranges have equal texts", () => {
  fc.assert(
    fc.property(anySpec, anySpec, (a, b) => {
      const again = rangeSpecFromJson(JSON.parse(JSON.stringify(rangeSpecToJson(a))));
      expect(rangeSpecId(again)).toBe(rangeSpecId(a));
      expect(keyRangeOf(schema, again)).toEqual(keyRangeOf(schema, a));
      // Equal texts mean equal ranges; a few draws that are equal are made so.
      const same = rangeSpecId(a) === rangeSpecId(b) ? b : again;
      expect(keyRangeOf(schema, same)).toEqual(keyRangeOf(schema, a));
    }),
    { numRuns: 1_000 },
  );
  expect(rangeSpecId({ table: "t", index: "i", prefix: [undefined], fields: ["a"] })).toBe(
    '{"index":"i","prefix":[{"$undefined":null}],"table":"t"}',
  );
});

test("[SC8] what is no range is refused", () => {
  const right = { table: "t", index: "i", prefix: [] };
  const wrong = [
    null,
    [],
    { ...right, table: 1 },
    { ...right, prefix: {} },
    { ...right, extra: 1 },
    { ...right, newest: 0 },
    { ...right, newest: 1.5 },
    { ...right, newest: "1" },
    { ...right, lower: 1 },
    { ...right, lower: { isInclusive: true } },
    { ...right, upper: { value: 1, isInclusive: 1 } },
    { ...right, prefix: Array(19).fill(0) },
  ];
  for (const json of wrong) expect(() => rangeSpecFromJson(json)).toThrow(refused);
  expect(() => rangeSpecFromJson({ ...right, prefix: [{ $undefined: 1 }] })).toThrow(
    expect.objectContaining({ code: "value_invalid" }),
  );
});

test("[SC7] equalities come first and in order, then at most one lower and one upper bound on one field", () => {
  expect(builder().eq("a", 1).gt("b", 2).lte("b", 3).parts).toEqual({
    prefix: [1],
    fields: ["a", "b"],
    lower: { value: 2, isInclusive: false },
    upper: { value: 3, isInclusive: true },
  });
  expect(builder().lt("a", 3).gte("a", 2).parts.prefix).toEqual([]);
  const wrong = [
    () => builder().eq("b", 1),
    () => builder().gt("b", 1),
    () => builder().eq("a", 1).eq("a", 1),
    () => builder().eq("a", 1).gt("a", 1),
    () => builder().gt("a", 1).eq("b", 1),
    () => builder().gt("a", 1).gte("a", 1),
    () => builder().gt("a", 1).lt("b", 1),
    () => builder().lt("a", 1).lte("a", 1),
    () => builder().eq("a", 1).eq("b", 1).eq("_creationTime", 1).eq("_id", "x").eq("c", 1),
  ];
  for (const build of wrong) expect(() => keyRangeOf(schema, specOf(build()))).toThrow(refused);
  expect(() => builder().eq("a", new Date(0) as never)).toThrow(expect.objectContaining({ code: "value_invalid" }));
});

test("[SC7] a range that was built without the schema is checked once it is at hand", () => {
  const loose = createRangeBuilder({ table: "t", index: "by_a_b" });
  expect(() => keyRangeOf(schema, specOf(loose.eq("a", 1).gt("b", 1)))).not.toThrow();
  expect(() => keyRangeOf(schema, specOf(loose.eq("b", 1)))).toThrow(refused);
  expect(() => keyRangeOf(schema, specOf(loose.eq("a", 1).eq("a", 1)))).toThrow(refused);
  expect(() => loose.gt("a", 1).lt("b", 1)).toThrow(refused);
  const spec: RangeSpec = { table: "t", index: "by_a_b", prefix: [] };
  expect(() => keyRangeOf(schema, { ...spec, prefix: [1, 2, 3, 4, 5] })).toThrow(refused);
  expect(() => keyRangeOf(schema, { ...spec, prefix: [1, 2, 3, "x"], lower: { value: 1, isInclusive: true } })).toThrow(
    refused,
  );
  expect(() => keyRangeOf(schema, { ...spec, newest: 0 })).toThrow(refused);
  expect(() => keyRangeOf(schema, { ...spec, table: "x" })).toThrow(expect.objectContaining({ code: "table_missing" }));
  expect(() => keyRangeOf(schema, { ...spec, index: "x" })).toThrow(expect.objectContaining({ code: "index_missing" }));
});

test("[SC7] the compiler holds authors to the order and the types of the fields", () => {
  type Report = { _id: string; _creationTime: number; airport: string; place: { x: number } };
  type Start = IndexRangeBuilder<Report, readonly ["airport", "place.x", "_creationTime"]>;
  type AfterAirport = ReturnType<Start["eq"]>;
  expectTypeOf<Start["eq"]>().parameters.toEqualTypeOf<["airport", string]>();
  expectTypeOf<AfterAirport["gt"]>().parameters.toEqualTypeOf<["place.x", number]>();
  expectTypeOf<ReturnType<AfterAirport["gt"]>>().not.toHaveProperty("eq");
  expectTypeOf<ReturnType<ReturnType<AfterAirport["gt"]>["lt"]>>().toHaveProperty("parts");
  expectTypeOf<IndexRangeBuilder<Report, readonly string[]>>().toEqualTypeOf<LooseRangeBuilder>();
});
