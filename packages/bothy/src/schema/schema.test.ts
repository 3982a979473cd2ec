import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";
import { compareValues, decodeKey, type Document, type Id, makeId, v, type Value } from "../values/index.ts";
import { anyIndexed } from "../values/values-contract.ts";
import {
  type DataModelFromSchema,
  defineSchema,
  defineSystemSchema,
  defineTable,
  documentKeys,
  type FieldAt,
  indexOf,
  joinSchemas,
  schemaFromJson,
  schemaHash,
  schemaToJson,
  tableOf,
} from "./index.ts";

const schema = defineSchema({
  channels: defineTable({ name: v.string() }),
  messages: defineTable({
    channelId: v.id("channels"),
    body: v.string(),
    pinned: v.optional(v.boolean()),
    place: v.object({ x: v.number(), label: v.optional(v.string()) }),
  })
    .index("by_channel", ["channelId"])
    .index("by_place", ["place.x", "pinned"]),
});

const invalid = expect.objectContaining({ code: "schema_invalid" });

test("[SC1] every table has by_id and by_creation_time, then its own indexes, each with its tie-break", () => {
  expect(tableOf(schema, "messages").indexes.map(({ name, fields }) => [name, ...fields])).toEqual([
    ["by_id", "_id"],
    ["by_creation_time", "_creationTime", "_id"],
    ["by_channel", "channelId", "_creationTime", "_id"],
    ["by_place", "place.x", "pinned", "_creationTime", "_id"],
  ]);
});

test("[SC2] names of tables and indexes, reserved and unknown ones among them, are checked", () => {
  const table = defineTable({ a: v.string() });
  for (const name of ["_users", "", "1a", "a-b", "ä", "x".repeat(65), "__proto__"]) {
    expect(() => defineSchema(Object.fromEntries([[name, table]]))).toThrow(invalid);
  }
  for (const name of ["by_id", "by_creation_time", "_a", "a b", "", "x".repeat(65)]) {
    expect(() => defineSchema({ t: table.index(name, ["a"]) })).toThrow(invalid);
  }
  expect(() => defineSchema({ t: table.index("x", ["a"]).index("x", ["a"]) })).toThrow(invalid);
  expect(() => defineSchema({ constructor: table, toString: table })).not.toThrow();
  // Two names whose hashes begin alike.
  expect(() => defineSchema({ tdrq: table, t13gj: table })).toThrow(invalid);
});

test("[SC3] an index names fields that the table has, each once, none of the tie-break", () => {
  const table = defineTable({
    a: v.string(),
    deep: v.object({ b: v.string() }),
    any: v.any(),
    list: v.array(v.object({ c: v.string() })),
  });
  const indexed =
    (...fields: string[]) =>
    () =>
      defineSchema({ t: table.index("x", fields as never) });
  for (const fields of [["a"], ["deep.b"], ["deep"], ["any.what.ever"], ["list"]])
    expect(indexed(...fields)).not.toThrow();
  for (const fields of [
    [],
    ["b"],
    ["deep.c"],
    ["a.b"],
    ["list.c"],
    ["a", "a"],
    ["_id"],
    ["_creationTime"],
    ["constructor"],
    ["any."],
  ]) {
    expect(indexed(...fields)).toThrow(invalid);
  }
  const union = defineTable(
    v.union(v.object({ kind: v.literal("a"), x: v.string() }), v.object({ kind: v.literal("b"), y: v.string() })),
  );
  expect(() => defineSchema({ t: union.index("x", ["x"]).index("y", ["kind", "y"]) })).not.toThrow();
});

test("[SC4] a table has at most 32 indexes, an index at most 16 fields", () => {
  const fields = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, v.number()]));
  const names = Object.keys(fields) as never[];
  const table = defineTable(fields);
  expect(() => defineSchema({ t: table.index("x", names.slice(0, 16) as never) })).not.toThrow();
  expect(() => defineSchema({ t: table.index("x", names as never) })).toThrow(invalid);
  const withIndexes = (count: number) => {
    let grown: ReturnType<typeof table.index> = table as never;
    for (let i = 0; i < count; i++) grown = grown.index(`i${i}`, ["f1" as never]) as never;
    return () => defineSchema({ t: grown });
  };
  expect(withIndexes(30)).not.toThrow();
  expect(withIndexes(31)).toThrow(invalid);
});

test("[SC5] a table holds objects, and declares no field that Bothy has itself", () => {
  expect(() => defineSchema({ t: defineTable(v.string()) })).toThrow(invalid);
  expect(() => defineSchema({ t: defineTable(v.union(v.object({}), v.null())) })).toThrow(invalid);
  expect(() => defineSchema({ t: defineTable({ _id: v.string() }) })).toThrow(invalid);
  expect(() => defineSchema({ t: defineTable({ "a.b": v.string() }) })).toThrow(invalid);
  expect(() => defineSchema({ t: defineTable({ a: undefined as never }) })).toThrow(invalid);
});

test("[SC5] the whole document is validated with its id and its time", () => {
  const { documentValidator } = tableOf(schema, "channels");
  const _id = makeId("channels", new Uint8Array(16));
  expect(documentValidator.check({ _id, _creationTime: 1, name: "a" })).toEqual([]);
  expect(
    documentValidator.check({ _id: makeId("messages", new Uint8Array(16)), _creationTime: 1, name: "a" }),
  ).toHaveLength(1);
  expect(documentValidator.check({ name: "a" })).toHaveLength(2);
});

test("[SC6] a document has one key for each index, made of its fields and the tie-break", () => {
  const table = tableOf(schema, "messages");
  fc.assert(
    fc.property(anyIndexed, anyIndexed, (x, pinned) => {
      const document = {
        _id: "id",
        _creationTime: 5,
        channelId: "c",
        place: { x },
        ...(pinned === undefined ? {} : { pinned }),
      };
      const decoded = documentKeys(table, document as Document).map(decodeKey);
      const expected: (Value | undefined)[][] = [["id"], [5, "id"], ["c", 5, "id"], [x, pinned, 5, "id"]];
      expect(decoded.map((key) => key.length)).toEqual([1, 2, 3, 4]);
      decoded.forEach((key, i) => key.forEach((value, k) => expect(compareValues(value, expected[i]?.[k])).toBe(0)));
    }),
  );
});

test("[SC6] what an object inherits is no field, and a path through something else leads nowhere", () => {
  const odd = defineSchema({ t: defineTable(v.any()).index("x", ["constructor", "a.length", "b.byteLength"]) });
  const document = { _id: "id", _creationTime: 1, a: [1, 2], b: new ArrayBuffer(4) };
  expect(decodeKey(documentKeys(tableOf(odd, "t"), document)[2] ?? "").slice(0, 3)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("[SC6] a key over its limit is refused, naming document and index", () => {
  const document = { _id: "id", _creationTime: 1, channelId: "x".repeat(1_024) };
  expect(() => documentKeys(tableOf(schema, "messages"), document)).toThrow(
    expect.objectContaining({ code: "index_key_too_large", message: expect.stringContaining('index "by_channel"') }),
  );
});

test("[SC9] a schema survives JSON, and its hash tells schemas apart and nothing else", () => {
  const again = schemaFromJson(JSON.parse(JSON.stringify(schemaToJson(schema))));
  expect(schemaToJson(again)).toEqual(schemaToJson(schema));
  expect(schemaHash(again)).toBe(schemaHash(schema));
  expect(schemaHash(schema)).toMatch(/^[0-9a-f]{16}$/);
  const a = defineTable({ x: v.string(), y: v.number() });
  const b = defineTable({ z: v.null() });
  expect(schemaHash(defineSchema({ a, b }))).toBe(
    schemaHash(defineSchema({ b, a: defineTable({ y: v.number(), x: v.string() }) })),
  );
  expect(schemaHash(defineSchema({ a, b }))).not.toBe(schemaHash(defineSchema({ a: a.index("by_x", ["x"]), b })));
  for (const wrong of [
    null,
    {},
    { tables: [null] },
    { tables: [{ name: "a", validator: {}, indexes: [] }] },
    { tables: [{ name: "a", validator: { kind: "any" }, indexes: [{ name: "x", fields: [1] }] }] },
  ]) {
    expect(() => schemaFromJson(wrong)).toThrow(invalid);
  }
});

test("[SC2] Bothy's own tables are declared apart and joined", () => {
  const system = defineSystemSchema({ _users: defineTable({ name: v.string() }).index("by_name", ["name"]) });
  const joined = joinSchemas(schema, system);
  expect(Object.keys(joined.tables)).toEqual(["channels", "messages", "_users"]);
  expect(tableOf(joined, "_users").indexes).toHaveLength(3);
  expect(() => defineSystemSchema({ users: defineTable({}) })).toThrow(invalid);
  expect(() => joinSchemas(system, system)).toThrow(invalid);
});

test("[SC2] asking for a table or an index that is not there names what is", () => {
  expect(() => tableOf(schema, "constructor")).toThrow(expect.objectContaining({ code: "table_missing" }));
  expect(() => tableOf(schema, "nope")).toThrow(
    expect.objectContaining({ fix: expect.stringContaining("channels, messages") }),
  );
  expect(() => indexOf(tableOf(schema, "messages"), "by_x")).toThrow(
    expect.objectContaining({ code: "index_missing" }),
  );
});

test("[SC1] the compiler knows documents and the fields of indexes", () => {
  type Model = DataModelFromSchema<typeof schema>;
  type Message = Model["messages"]["document"];
  expectTypeOf<Message["_id"]>().toEqualTypeOf<Id<"messages">>();
  expectTypeOf<Message["pinned"]>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<Model["messages"]["indexes"]["by_place"]>().toEqualTypeOf<
    readonly ["place.x", "pinned", "_creationTime"]
  >();
  expectTypeOf<keyof Model["channels"]["indexes"]>().toEqualTypeOf<"by_id" | "by_creation_time">();
  expectTypeOf<FieldAt<Message, "place.x">>().toEqualTypeOf<number>();
  expectTypeOf<FieldAt<Message, "place.label">>().toEqualTypeOf<string | undefined>();
  // @ts-expect-error: the table has no such field
  expect(() => defineSchema({ t: defineTable({ a: v.string() }).index("x", ["b"]) })).toThrow(invalid);
});
