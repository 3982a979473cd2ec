import { defineSchema, defineTable, encodeValue, schemaFromJson, v } from "bothy/internal";
import type { Json } from "bothy/internal";
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

const callAny = async (name: string, args: Json) =>
  encodeValue((await callSystem({ engine, world }, name, args)).value);
const call = (name: string, args: Json) => callAny(`_system/tables:${name}`, args);

test("a table is empty until it has a document", async () => {
  expect(await call("isEmpty", { table: "notes" })).toBe(true);
  const id = await callAny("_system/imports:begin", { name: "x", sha256: "", mode: "append", replaced: [], total: 1 });
  await callAny("_system/imports:write", { id, done: 0, table: "notes", documents: [{ text: "a" }] });
  expect(await call("isEmpty", { table: "notes" })).toBe(false);
  expect(await call("isEmpty", { table: "empty" })).toBe(true);
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
  ["isEmpty", { table: "notes", more: 1 }, "arguments_invalid"],
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
