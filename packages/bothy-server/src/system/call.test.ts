import { defineSchema, defineTable, isIdOf, schemaFromJson, v } from "bothy/internal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSystemTables } from "../auth/index.ts";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { callSystem, isSystemFunction } from "./index.ts";

let engine: Engine;
let world: World;

const app = defineSchema({
  notes: defineTable({ text: v.string() }).index("by_text", ["text"]),
  empty: defineTable({ text: v.string() }),
});

beforeAll(async () => {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const ignore = (): void => undefined;
  world = {
    clock: createManualClock(5_000),
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    die: nothing,
  };
  engine = await openEngine({ world, folder: "/data", schema: withSystemTables(app), store: "memory" });
});
afterAll(() => engine.close());

const call = async (name: string, args: Parameters<typeof callSystem>[2]) =>
  (await callSystem({ engine, world }, `_system/tables:${name}`, args)).value;

function stored(): number {
  const range = { table: "notes", index: "by_creation_time", equalities: 0, lower: "", upper: "\xff" };
  return engine.read(range, "asc", 1_000).documents.length;
}

test("documents are inserted in order in one transaction, with ids of their own", async () => {
  expect(await call("isEmpty", { table: "notes" })).toBe(true);
  const version = engine.version;
  const ids = await call("insertDocuments", { table: "notes", documents: [{ text: "a" }, { text: "b" }] });
  expect(ids).toHaveLength(2);
  expect(new Set(ids as string[]).size).toBe(2);
  for (const id of ids as string[]) expect(isIdOf("notes", id)).toBe(true);
  expect([engine.version, stored()]).toEqual([version + 1, 2]);
  expect(await call("isEmpty", { table: "notes" })).toBe(false);
  expect(await call("isEmpty", { table: "empty" })).toBe(true);
});

test("of documents of which one is wrong none is inserted", async () => {
  const before = stored();
  await expect(
    call("insertDocuments", { table: "notes", documents: [{ text: "a" }, { text: 5 }] }),
  ).rejects.toMatchObject({
    code: "document_invalid",
  });
  expect(stored()).toBe(before);
});

test("the schema is told without Bothy's own tables, with what an import has to know", async () => {
  const text = await call("readSchema", {});
  const schema = schemaFromJson(JSON.parse(typeof text === "string" ? text : "null"));
  expect(Object.keys(schema.tables)).toEqual(["empty", "notes"]);
  expect(schema.tables["notes"]?.indexes.map(({ name }) => name)).toEqual(["by_id", "by_creation_time", "by_text"]);
});

test.each([
  ["isEmpty", { table: "missing" }, "table_missing"],
  ["isEmpty", { table: "_users" }, "table_missing"],
  ["insertDocuments", { table: "_users", documents: [{ kind: "anonymous" }] }, "table_missing"],
  ["insertDocuments", { table: "notes" }, "arguments_invalid"],
  ["insertDocuments", { table: "notes", documents: [], more: 1 }, "arguments_invalid"],
  ["nothing", {}, "function_missing"],
])("%s of %j is refused", async (name, args, code) => {
  await expect(call(name, args)).rejects.toMatchObject({ code });
});

test("names of Bothy's own functions are told from an app's", () => {
  expect([isSystemFunction("_system/tables:isEmpty"), isSystemFunction("system/tables:isEmpty")]).toEqual([
    true,
    false,
  ]);
});
