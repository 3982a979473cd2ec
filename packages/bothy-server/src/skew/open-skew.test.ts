import { defineSchema, defineTable, v } from "bothy/internal";
import type { Schema } from "bothy/internal";
import { expect, test } from "vitest";
import { withSystemTables } from "../auth/index.ts";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { MemoryDisk, World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import { appVersionOf } from "./app-version.ts";
import { openSkew } from "./open-skew.ts";
import { findStranded } from "./plan-deploy.ts";
import { readHistory, readSchemaInForce } from "./schema-history.ts";

const nothing = (): never => {
  throw new Error("a test has no network and no processes");
};

function worldOn(disk: MemoryDisk): World {
  return {
    clock: createManualClock(),
    random: createSeededRandom(1),
    disk,
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    die: nothing,
  };
}

const schema: Schema = defineSchema({ reports: defineTable({ note: v.string() }) });
const named = { kind: "mutation", visibility: "public", version: "v1", args: null, upcasts: [] };
const app = appVersionOf({
  schema,
  lenses: {},
  functions: [
    { ...named, name: "shared/reports:edit", isShared: true },
    { ...named, name: "admin:clear", isShared: false },
  ],
});

async function open(disk: MemoryDisk, of: Schema) {
  const world = worldOn(disk);
  let stranded: unknown;
  const engine = await openEngine({
    world,
    folder: "/folder",
    schema: of,
    store: "memory",
    admit: (found) => {
      stranded = findStranded(found, app, { nowMs: world.clock.nowMs() });
    },
  });
  return { world, engine, stranded };
}

test("[SK1] [P13] a data folder of an older release begins its history with the first start of this one", async () => {
  const disk = createMemoryDisk();
  const before = await open(disk, schema);
  expect(readSchemaInForce(before.engine)).toBeUndefined();
  await before.engine.close();
  const { world, engine, stranded } = await open(disk, withSystemTables(schema));
  expect(stranded).toEqual([]);
  openSkew({ world, engine, app }).close();
  expect([...readHistory(engine).keys()]).toEqual([app.schema.hash]);
  await engine.close();
});

test("[SK1] the same app writes nothing at its next start, and takes its place once more when it comes back", async () => {
  const disk = createMemoryDisk();
  const { world, engine } = await open(disk, withSystemTables(schema));
  const skew = openSkew({ world, engine, app });
  const { version } = engine;
  expect(skew.take(app)).toBe(false);
  openSkew({ world, engine, app });
  expect(engine.version).toBe(version);
  const other = appVersionOf({ schema: defineSchema({}), lenses: {}, functions: [] });
  expect([skew.take(other), skew.schemaHash]).toEqual([true, other.schema.hash]);
  expect([skew.take(app), readSchemaInForce(engine)]).toEqual([true, app.schema.hash]);
  expect(readHistory(engine).get(other.schema.hash)).toMatchObject({ parent: app.schema.hash });
  await engine.close();
});

test("[SK14] what is asked before an app comes into force can refuse it, and nothing is changed then", async () => {
  const disk = createMemoryDisk();
  const { engine } = await open(disk, withSystemTables(schema));
  const { version } = engine;
  await engine.close();
  const refused = openEngine({
    world: worldOn(disk),
    folder: "/folder",
    schema: withSystemTables(defineSchema({})),
    store: "memory",
    admit: () => {
      throw new Error("stranded");
    },
  });
  await expect(refused).rejects.toThrow("stranded");
  const again = await open(disk, withSystemTables(schema));
  expect([again.engine.version, Object.keys(again.engine.schema.tables)]).toEqual([
    version,
    expect.arrayContaining(["reports"]),
  ]);
  await again.engine.close();
});
