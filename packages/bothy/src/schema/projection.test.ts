import { expect, expectTypeOf, test } from "vitest";
import { type Document, type Id, v } from "../values/index.ts";
import {
  type DataModelFromSchema,
  defineSchema,
  defineTable,
  documentKeys,
  keyRangeOf,
  type ProjectedTable,
  projectFields,
  projectionOf,
  rangeSpecFromJson,
  rangeSpecId,
  rangeSpecToJson,
  schemaFromJson,
  schemaHash,
  schemaToJson,
  tableOf,
  widthOf,
} from "./index.ts";

const reports = defineTable({
  title: v.string(),
  status: v.string(),
  airport: v.string(),
  place: v.object({ x: v.number() }),
  body: v.string(),
})
  .index("by_airport", ["airport", "status"])
  .index("by_place", ["place.x"])
  .index("by_body", ["airport", "body"]);
const schema = defineSchema({
  reports: reports
    .projection("card", ["title", "status", "airport", "place"])
    .projection("line", ["airport", "status", "title"]),
});
const table = tableOf(schema, "reports");
const invalid = expect.objectContaining({ code: "schema_invalid" });
const refused = expect.objectContaining({ code: "range_invalid" });

test("[SC15] the projections of a table are a chain, narrowest first, in whatever order they were written", () => {
  expect(table.projections.map(({ name }) => name)).toEqual(["line", "card"]);
  expect([widthOf(table, "line"), widthOf(table, "card"), widthOf(table, undefined)]).toEqual([0, 1, 2]);
  expect(widthOf(table, "other")).toBe(-1);
});

test("[SC15] projections that form no chain, or name what is no field of the table, are refused", () => {
  const wrong = [
    reports.projection("a", ["title", "status"]).projection("b", ["title", "body", "airport"]),
    reports.projection("a", ["title", "status"]).projection("b", ["title", "body"]),
    reports.projection("a", ["title"]).projection("b", ["title"]),
    reports.projection("a", ["title"]).projection("a", ["title", "body"]),
    reports.projection("a", ["title", "title"]),
    reports.projection("a", ["missing" as "title"]),
    reports.projection("a", ["place.x" as "title"]),
    reports.projection("a", ["_id" as "title"]),
    reports.projection("a", [] as never),
    reports.projection("a b", ["title"]),
    reports.projection("", ["title"]),
    defineTable(v.any()).projection("a", ["_secret"]),
  ];
  for (const table of wrong) expect(() => defineSchema({ reports: table })).toThrow(invalid);
});

test("[SC15] projections travel in a schema's JSON and count in its hash", () => {
  const again = schemaFromJson(JSON.parse(JSON.stringify(schemaToJson(schema))));
  expect(schemaToJson(again)).toEqual(schemaToJson(schema));
  expect(schemaHash(again)).toBe(schemaHash(schema));
  const reordered = reports
    .projection("line", ["title", "airport", "status"])
    .projection("card", ["place", "airport", "status", "title"]);
  expect(schemaHash(defineSchema({ reports: reordered }))).toBe(schemaHash(schema));
  const other = reports.projection("line", ["airport", "status"]).projection("card", ["title", "airport", "status"]);
  const hashes = [reports, reports.projection("line", ["title"]), other].map((one) =>
    schemaHash(defineSchema({ reports: one })),
  );
  expect(new Set([...hashes, schemaHash(schema)]).size).toBe(4);
  expect(() => schemaFromJson({ tables: [{ ...schemaToJson(schema).tables[0], projections: 1 }] })).toThrow(invalid);
});

test("[SC16] a range in a projection travels with its name, and its index lies inside", () => {
  const spec = { table: "reports", index: "by_airport", prefix: ["HAM"], only: "line" };
  expect(keyRangeOf(schema, spec)).toMatchObject({ index: "by_airport", equalities: 1, projection: "line" });
  const again = rangeSpecFromJson(JSON.parse(JSON.stringify(rangeSpecToJson(spec))));
  expect(rangeSpecId(again)).toBe(rangeSpecId(spec));
  expect(rangeSpecId({ ...spec, only: "card" })).not.toBe(rangeSpecId(spec));
  expect(() => rangeSpecFromJson({ table: "reports", index: "by_id", prefix: [], only: 1 })).toThrow(refused);
  for (const index of ["by_id", "by_creation_time"])
    expect(() => keyRangeOf(schema, { ...spec, index, prefix: [] })).not.toThrow();
  expect(() => keyRangeOf(schema, { ...spec, index: "by_place", prefix: [], only: "card" })).not.toThrow();
  expect(() => keyRangeOf(schema, { ...spec, index: "by_place", prefix: [] })).toThrow(refused);
  // The order under an airport would tell of bodies.
  expect(() => keyRangeOf(schema, { ...spec, index: "by_body", only: "card" })).toThrow(refused);
  expect(() => keyRangeOf(schema, { ...spec, only: "other" })).toThrow(refused);
});

test("[SC17] a document of which only a projection is known stands behind all ranges of the indexes outside", () => {
  const whole: Document = { _id: "id", _creationTime: 1, title: "t", status: "s", airport: "HAM", place: { x: 1 } };
  const line = projectFields(whole, projectionOf(table, "line"));
  expect(line).toEqual({ _id: "id", _creationTime: 1, title: "t", status: "s", airport: "HAM" });
  const [byId, byTime, byAirport, byPlace, byBody] = documentKeys(table, line, projectionOf(table, "line"));
  expect([byId, byTime, byAirport]).toEqual(documentKeys(table, whole).slice(0, 3));
  for (const index of ["by_place", "by_body"])
    for (const key of [byPlace, byBody])
      expect((key ?? "") >= keyRangeOf(schema, { table: "reports", index, prefix: [] }).upper).toBe(true);
});

test("[SC15] the compiler knows what a projection shows and which indexes lie inside", () => {
  type Model = DataModelFromSchema<typeof schema>;
  type Line = ProjectedTable<Model["reports"], "line">;
  expectTypeOf<Line["document"]>().toEqualTypeOf<{
    _id: Id<"reports">;
    _creationTime: number;
    title: string;
    status: string;
    airport: string;
  }>();
  expectTypeOf<keyof Line["indexes"]>().toEqualTypeOf<"by_id" | "by_creation_time" | "by_airport">();
  type Card = ProjectedTable<Model["reports"], "card">;
  expectTypeOf<keyof Card["indexes"]>().toEqualTypeOf<"by_id" | "by_creation_time" | "by_airport" | "by_place">();
  // @ts-expect-error: a field that the table does not have
  expect(() => defineSchema({ reports: reports.projection("a", ["missing"]) })).toThrow(invalid);
});
