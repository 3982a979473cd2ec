import { defineSchema, defineTable, v } from "bothy/internal";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withSystemTables } from "../auth/index.ts";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { ManualClock, World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import { callSystem } from "../system/index.ts";
import { exportResponse } from "./export-response.ts";

const schema = defineSchema({ notes: defineTable({ text: v.string() }), empty: defineTable({}) });
let clock: ManualClock;
let world: World;
let engine: Engine;
let warnings: string[];

beforeEach(async () => {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const ignore = (): void => undefined;
  clock = createManualClock();
  warnings = [];
  world = {
    clock,
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: ignore, info: ignore, warn: (message) => void warnings.push(message), error: ignore },
    die: nothing,
  };
  engine = await openEngine({ world, folder: "/data", schema: withSystemTables(schema), store: "memory" });
  await write(0, 20, "x".repeat(100_000));
});
afterEach(() => engine.close());

let importId = "";
async function write(done: number, count: number, text: string): Promise<void> {
  const call = async (name: string, args: Parameters<typeof callSystem>[2]) =>
    (await callSystem({ engine, world }, `_system/imports:${name}`, args)).value;
  if (done === 0)
    importId = (await call("begin", { name: "n", sha256: "", mode: "append", replaced: [], total: 99 })) as string;
  const documents = Array.from({ length: count }, () => ({ text }));
  await call("write", { id: importId, done, table: "notes", documents });
}

/** How many snapshots of the engine are open. */
function countSnapshots(): { readonly open: () => number } {
  let open = 0;
  const { openSnapshot } = engine;
  engine.openSnapshot = () => {
    const snapshot = openSnapshot.call(engine);
    open += 1;
    return { ...snapshot, version: snapshot.version, close: () => ((open -= 1), snapshot.close()) };
  };
  return { open: () => open };
}

test("[BK24] an export is what there was when it began, whatever is written while it is read", async () => {
  const snapshots = countSnapshots();
  const { version } = engine;
  const response = exportResponse({ engine, world }, undefined);
  await write(20, 30, "later");
  const lines = (await response.text()).trimEnd().split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject(["export", { server: engine.serverId, version }]);
  expect(lines.at(-1)).toBe('["done",20]');
  expect(lines.filter((line) => line.startsWith("{"))).toHaveLength(20);
  expect(lines.filter((line) => line.startsWith('["end"'))).toEqual(['["end","empty",0]', '["end","notes",20]']);
  expect(snapshots.open()).toBe(0);
});

test("[BK24] no more is made than is read, and a reader that goes away or takes nothing gives the snapshot back", async () => {
  const snapshots = countSnapshots();
  const [gone, slow] = [1, 2].map(() => exportResponse({ engine, world }, ["notes"]).body?.getReader());
  for (const reader of [gone, slow]) expect((await reader?.read())?.done).toBe(false);
  expect(snapshots.open()).toBe(2);
  await gone?.cancel();
  expect(snapshots.open()).toBe(1);
  clock.advance(60_000);
  expect([snapshots.open(), warnings.length]).toEqual([0, 1]);
  await expect(
    (async () => {
      while (!(await slow?.read())?.done);
    })(),
  ).rejects.toThrow("took nothing");
});

test.each([
  [["nothing"], "table_missing"],
  [["_users"], "table_missing"],
  [["notes", "notes"], "arguments_invalid"],
])("[BK27] an export of %j is refused before anything is answered", (tables, code) => {
  const snapshots = countSnapshots();
  expect(() => exportResponse({ engine, world }, tables)).toThrow(expect.objectContaining({ code }));
  expect(snapshots.open()).toBe(0);
});
