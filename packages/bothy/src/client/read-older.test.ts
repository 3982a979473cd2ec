import { expect, test } from "vitest";
import { createFunctions } from "../functions/index.ts";
import { defineSchema, defineTable, type DataModelFromSchema, type Schema } from "../schema/index.ts";
import { makeId, v } from "../values/index.ts";
import type { Json } from "../protocol/index.ts";
import { idOf, type RowJson } from "./base-state.ts";
import { api, app } from "./fixtures/test-app.ts";
import { copyDisk, createProfile, createScene } from "./fixtures/test-profile.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { readOlder } from "./read-older.ts";
import type { ClientApp } from "./shared-functions.ts";

/** The next schema of the test app: every kind of change that a lens tells of, and a field that is gone. */
const schema = defineSchema({
  notes: defineTable({
    list: v.string(),
    place: v.number(),
    body: v.union(v.literal("eins"), v.literal("two"), v.literal("three"), v.literal("edited")),
    mood: v.string(),
    tag: v.optional(v.string()),
  })
    .index("by_list", ["list", "place"])
    .lens({
      renamed: { rank: "place", text: "words", words: "body" },
      defaults: { mood: "calm", tag: "none", weight: 1 },
      values: { text: { up: { one: "uno" } }, body: { up: { one: "uno", uno: "eins" } } },
    }),
  members: defineTable({ list: v.string(), user: v.string() }).index("by_user", ["user"]),
});
const { query, mutation } = createFunctions<DataModelFromSchema<typeof schema>>();
const notes = {
  ...app.shared["shared/notes"],
  inList: query({
    args: { list: v.string() },
    handler: async ({ db }, { list }) => {
      const found = await db
        .query("notes")
        .withIndex("by_list", (q) => q.eq("list", list))
        .collect();
      return found.map(({ _id, _creationTime, ...fields }) => JSON.stringify(fields));
    },
  }),
  add: mutation({
    args: { list: v.string(), rank: v.number(), text: v.string() },
    handler: async ({ db }, { list, rank }) => db.insert("notes", { list, place: rank, body: "three", mood: "new" }),
  }),
  append: mutation({
    args: { list: v.string(), text: v.string() },
    handler: async ({ db }, { list }) => {
      const first = await db
        .query("notes")
        .withIndex("by_list", (q) => q.eq("list", list))
        .first();
      if (first) await db.patch(first._id, { body: "edited" });
      return null;
    },
  }),
};
const nextApp: ClientApp = { schema, shared: { ...app.shared, "shared/notes": notes } };

test("[CL51] [CL7] after an upgrade rows are shown offline as the new schema has them, from segments and log, and can be changed", async () => {
  const { realm, deployment } = createScene();
  await deployment.write((docs) => docs.put("notes", noteRow(1, "a", "one", deployment.version)));
  const profile = createProfile(realm);
  const before = profile.openTab();
  await before.client.mutate(api.join, { list: "a" }).server;
  // What has come until now is in segments, what comes from now on in the log.
  await realm.advance(3_000);
  expect(profile.disk.rowsByStore.get("segment")?.size).toBeGreaterThan(0);
  await before.client.mutate(api.add, { list: "a", rank: 2, text: "two" }).server;
  deployment.stop();
  await realm.settle();
  await before.client.mutate(api.add, { list: "a", rank: 3, text: "three" }).local;
  await before.client.close();
  const stored = copyDisk(profile.disk).rowsByStore;
  const { client } = profile.openTab({ app: nextApp });
  const view = client.query(api.inList, { list: "a" });
  await realm.settle();
  const shown = (body: string, place: number, mood: string): string => JSON.stringify({ body, list: "a", mood, place });
  expect(view.result).toMatchObject({
    value: [shown("eins", 1, "calm"), shown("two", 2, "calm"), shown("three", 3, "new")],
    complete: false,
  });
  expect(client.outbox.value).toHaveLength(1);
  await client.mutate(api.append, { list: "a", text: "!" }).local;
  expect(view.result.value).toEqual([shown("edited", 1, "calm"), shown("two", 2, "calm"), shown("three", 3, "new")]);
  await realm.advance(3_000);
  for (const store of ["segment", "log"] as const)
    expect(profile.disk.rowsByStore.get(store)).toEqual(stored.get(store));
});

/** What becomes of the fields of a stored document. */
function read(table: Parameters<typeof defineSchema>[0][string], fields: Record<string, Json>, projection?: string) {
  const target: Schema = defineSchema({ notes: table });
  const _id = makeId("notes", new Uint8Array(16));
  const stored = { _creationTime: 1, _id, ...fields } as Json;
  const row: RowJson = projection === undefined ? [7, stored] : [7, stored, projection, { narrow: 3 }];
  const [version, document, ...rest] = readOlder(target, "notes", row);
  expect([version, idOf(document), rest]).toEqual([
    7,
    _id,
    projection === undefined ? [] : [projection, { narrow: 3 }],
  ]);
  const { _id: _, _creationTime: __, ...left } = document as Record<string, unknown>;
  return left;
}

test("[CL51] a field is found by the newest of its names, and a name that is still in use stays", () => {
  const renamed = { a: "b", b: "c", c: "text", loop: "pool", pool: "loop", old: "gone" };
  const table = defineTable({ text: v.string() }).lens({ renamed });
  expect(read(table, { a: "1" })).toEqual({ text: "1" });
  expect(read(table, { b: "2" })).toEqual({ text: "2" });
  expect(read(table, { a: "1", b: "2", c: "3" })).toEqual({ text: "3" });
  expect(read(table, { a: "1", text: "4" })).toEqual({ text: "4" });
  // Names that lead in a circle or nowhere go.
  expect(read(table, { loop: "1", pool: "2", old: "3", text: "4" })).toEqual({ text: "4" });
  const both = defineTable({ a: v.string(), b: v.optional(v.string()) }).lens({ renamed: { a: "b" } });
  expect(read(both, { a: "old", other: 1 })).toEqual({ a: "old" });
});

test("[CL51] a text that is not taken becomes the one in its place, as every name of its field says", () => {
  const levels = v.union(v.literal(""), v.literal("low"), v.literal("high"));
  const table = defineTable({ level: levels, other: v.optional(v.string()) }).lens({
    renamed: { grade: "level" },
    values: { grade: { up: { one: "few" } }, level: { up: { few: "low", none: "", low: "high", round: "round" } } },
  });
  expect(read(table, { grade: "one" })).toEqual({ level: "low" });
  expect(read(table, { level: "none", other: "one" })).toEqual({ level: "", other: "one" });
  expect(read(table, { level: "low" })).toEqual({ level: "low" });
  // Without a word on it a text stays, so that it can be seen.
  for (const text of ["medium", "round", "constructor"]) expect(read(table, { level: text })).toEqual({ level: text });
});

test("[CL51] a default stands for what is missing or not taken; what may be absent is left out before it keeps a row from being changed", () => {
  const levels = defineTable({
    level: v.union(v.literal("low"), v.literal("high"), v.null()),
    note: v.optional(v.string()),
  });
  const table = levels.lens({ defaults: { level: "low", note: "none", once: 1 } });
  expect(read(table, {})).toEqual({ level: "low" });
  expect(read(table, { level: "medium" })).toEqual({ level: "low" });
  expect(read(table, { level: null, note: 3 })).toEqual({ level: null, note: "none" });
  expect(read(levels, { level: "high", note: 3 })).toEqual({ level: "high" });
  // A default that this schema does not take is one for other schemas.
  expect(read(levels.lens({ defaults: { level: 1 } as never }), { level: "medium" })).toEqual({ level: "medium" });
});

test("[CL51] a field that is gone goes from wherever it was, and names that objects have by themselves are fields like others", () => {
  const place = v.object({ x: v.number() });
  const table = defineTable({
    at: place,
    path: v.array(v.union(v.null(), place)),
    by: v.optional(v.record(v.string(), place)),
  }).lens({ defaults: { at: { x: 0 }, path: [] } });
  const old = { x: 1, y: 2 };
  expect(read(table, { at: old, path: [null, old], by: { k: old } })).toEqual({
    at: { x: 1 },
    path: [null, { x: 1 }],
    by: { k: { x: 1 } },
  });
  expect(read(table, { at: { y: 2 }, path: [{ y: 2 }] })).toEqual({ at: { x: 0 }, path: [] });
  const count = { $integer: "AQAAAAAAAAA=" };
  expect(read(defineTable({ count: v.int64() }), { count, old: 1 })).toEqual({ count });
  const text = defineTable({ text: v.string() });
  expect(read(text, { constructor: 1, toString: 2, text: "t" })).toEqual({ text: "t" });
  expect(read(defineTable({ constructor: v.number(), text: v.string() }), { text: "t", old: 1 })).toEqual({
    text: "t",
  });
  expect(read(defineTable(v.any()), { c: "y" })).toEqual({ c: "y" });
});

test("[CL51] of a table's several forms a document has the first that takes it, without a default if there is one", () => {
  const a = v.object({ kind: v.literal("a"), x: v.number(), note: v.optional(v.string()) });
  const b = v.object({ kind: v.literal("b"), y: v.number() });
  const table = defineTable(v.union(a, b)).lens({ renamed: { z: "y" }, defaults: { kind: "a", x: 0, y: 0 } });
  expect(read(table, { kind: "b", z: 1, note: "gone from b" })).toEqual({ kind: "b", y: 1 });
  expect(read(table, { kind: "a", note: "n" })).toEqual({ kind: "a", note: "n", x: 0 });
  expect(read(table, { kind: "c" })).toEqual({ kind: "a", x: 0 });
  expect(read(defineTable(v.union(a, b)), { kind: "c", z: 1 })).toEqual({ kind: "c", z: 1 });
});

test("[CL51] of a projection's row only what it shows is read, and nothing is put in the place of the rest", () => {
  const table = defineTable({ name: v.string(), mood: v.string() })
    .projection("narrow", ["name"])
    .lens({ renamed: { called: "name" }, defaults: { mood: "calm" } });
  expect(read(table, { called: "x" }, "narrow")).toEqual({ name: "x" });
  expect(read(table, { called: "x" })).toEqual({ name: "x", mood: "calm" });
});
