import { join } from "node:path";
import fc from "fast-check";
import { defineSchema, defineTable, encodeValue, v } from "bothy/internal";
import type { Value } from "bothy/internal";
import { afterEach, expect, test } from "vitest";
import { writeArchive } from "../../packages/bothy-server/dist/archive/index.js";
import { withSystemTables } from "../../packages/bothy-server/dist/auth/index.js";
import {
  createManualClock,
  createMemoryDisk,
  createNodeDisk,
  createSeededRandom,
  openZipWriter,
} from "../../packages/bothy-server/dist/base/index.js";
import type { World } from "../../packages/bothy-server/dist/base/index.js";
import { openEngine } from "../../packages/bothy-server/dist/engine/index.js";
import type { Engine } from "../../packages/bothy-server/dist/engine/index.js";
import { adminOf } from "../../packages/bothy-server/dist/server/admin-connection.js";
import type { AdminConnection } from "../../packages/bothy-server/dist/server/index.js";
import { exportTables } from "../../packages/bothy-server/dist/system/index.js";
import { makeFolder } from "../deployment.ts";
import { openSource } from "../../packages/bothy-server/dist/cli/import-source.js";
import { beginImport, checkSource, runImport } from "../../packages/bothy-server/dist/cli/run-import.js";

const schema = defineSchema({
  things: defineTable({ value: v.any(), name: v.string(), note: v.optional(v.string()) }).index("by_name", ["name"]),
  more: defineTable(v.union(v.object({ a: v.int64() }), v.object({ b: v.bytes(), c: v.record(v.string(), v.any()) }))),
});

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

async function openDeployment(): Promise<{ engine: Engine; admin: AdminConnection }> {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const ignore = (): void => undefined;
  const world: World = {
    clock: createManualClock(5_000),
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    die: nothing,
  };
  const engine = await openEngine({ world, folder: "/data", schema: withSystemTables(schema), store: "memory" });
  engines.push(engine);
  const pool = { functions: new Map(), call: nothing, load: nothing, onReload: nothing, close: nothing };
  return { engine, admin: adminOf({ engine, world, pool }) };
}

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
const other = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((a) => ({ a })),
  fc.record({
    b: fc.uint8Array({ maxLength: 9 }).map((bytes) => bytes.slice().buffer as ArrayBuffer),
    c: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/u), inner, { maxKeys: 3, noNullPrototype: true }),
  }),
);

async function fill(admin: AdminConnection, rows: Readonly<Record<string, readonly Value[]>>): Promise<void> {
  const total = Object.values(rows).reduce((sum, { length }) => sum + length, 0);
  const source = { name: "made", sha256: "", tables: [{ name: "", count: total }] };
  const { id } = await beginImport(admin, source, { mode: "append", replaced: [] });
  let done = 0;
  for (const [table, values] of Object.entries(rows)) {
    if (values.length === 0) continue;
    const documents = values.map((value) => encodeValue(value));
    const written = await admin.call("_system/imports:write", { id, done, table, documents });
    ({ done } = written as { done: number });
  }
  await admin.call("_system/imports:finish", { id });
}

function linesOf(engine: Engine): string[] {
  return [...exportTables(engine, undefined)].join("").split("\n").slice(1);
}

test("[BK24] whatever documents there are, an export imported elsewhere gives the same ones, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(thing, { maxLength: 20 }), fc.array(other, { maxLength: 12 }), async (things, more) => {
      const [from, to] = [await openDeployment(), await openDeployment()];
      await fill(from.admin, { things, more });
      const path = join(await makeFolder(), "all.zip");
      const zip = await openZipWriter(path);
      await writeArchive(zip, from.admin.exportLines(undefined), () => undefined);
      await zip.finish();
      const source = await openSource({ disk: createNodeDisk(), schema, file: path, tables: [] });
      const parts = { admin: to.admin, clock: createManualClock(), onProgress: () => undefined };
      const plan = { mode: "append", replaced: [] } as const;
      await checkSource(parts, source, plan);
      await runImport(parts, source, await beginImport(to.admin, source, plan));
      source.close();
      expect(linesOf(to.engine)).toEqual(linesOf(from.engine));
    }),
    { numRuns: 25 },
  );
});
