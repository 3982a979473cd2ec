import { defineSchema, defineTable, v, type Schema } from "bothy/internal";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk, createSystemClock } from "../base/index.ts";
import { createMemoryStore, type Store } from "../store/index.ts";
import type { DocumentWrite, Engine, SchemaProgress } from "./engine.ts";
import {
  commit,
  contentOf,
  deleteDocument,
  newId,
  openTestEngine,
  putDocument,
  rangeOf,
  testSchema,
  testWorld,
} from "./test-engine.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-change-"));
afterAll(() => rmSync(root, { recursive: true }));

const fields = { room: v.string(), rank: v.number(), body: v.string() };
const people = defineTable({ name: v.string() }).index("by_name", ["name"]);
const withRank: Schema = defineSchema({
  notes: defineTable(fields).index("by_room", ["room", "rank"]).index("by_rank", ["rank"]),
  people,
});
const shortBodies: Schema = defineSchema({
  notes: defineTable({ ...fields, body: v.union(v.literal(""), v.literal("short")) }).index("by_room", [
    "room",
    "rank",
  ]),
  people,
});

type Note = { readonly _id: string; readonly room: string; readonly rank: number; readonly body: string };

function note(room: string, rank: number, body = ""): Note {
  return { _id: newId("notes"), room, rank, body };
}

function fill(engine: Engine, count: number): string[] {
  const notes = Array.from({ length: count }, (_, i) => note(`r${i % 7}`, i));
  commit(engine, ...notes.map((fields): DocumentWrite => putDocument(engine, "notes", fields)));
  return notes.map(({ _id }) => _id);
}

function countOf(engine: Engine, index: string): number {
  return engine.read(rangeOf(engine, { table: "notes", index, prefix: [] }), "asc", 100_000).documents.length;
}

test("[EN19] an index comes and goes on an open engine over either store, in small steps, and how far it is can be seen", async () => {
  const real = { ...testWorld(), clock: createSystemClock(), disk: createNodeDisk() };
  for (const [world, options] of [
    [testWorld(), {}],
    [real, { folder: join(root, "one"), store: "lmdb" as const }],
  ] as const) {
    const seen: SchemaProgress[] = [];
    const opened: { engine?: Engine } = {};
    const clock = {
      ...world.clock,
      soon: (task: () => void) => {
        const progress = opened.engine?.schemaProgress;
        if (progress !== undefined) seen.push(progress);
        world.clock.soon(task);
      },
    };
    const engine = await openTestEngine({ ...world, clock }, options);
    opened.engine = engine;
    fill(engine, 1_500);
    const told: string[] = [];
    const version = engine.version;
    await engine.changeSchema(withRank, { onProgress: (text) => void told.push(text) });
    expect(engine.version).toBe(version + 1);
    expect(engine.durableVersion).toBe(version + 1);
    expect(countOf(engine, "by_rank")).toBe(1_500);
    expect(told).toContain('Checking table "notes" against the schema: 1500 documents.');
    expect(told).toContain('Building index "by_rank" of table "notes": 1500 documents.');
    const building = seen.filter(({ phase }) => phase === "building");
    expect(building.every(({ table, total }) => table === "notes" && total === 1_500)).toBe(true);
    for (const [i, { done }] of building.entries())
      expect(done - (building[i - 1]?.done ?? 0)).toBeLessThanOrEqual(512);
    expect(engine.schemaProgress).toBeUndefined();
    await engine.changeSchema(testSchema);
    expect(() => countOf(engine, "by_rank")).toThrow(expect.objectContaining({ code: "index_missing" }));
    await engine.close();
  }
});

test("[EN19] however many documents there are, few entries wait in memory, and none is written that is not needed", async () => {
  const lasting = createMemoryStore();
  const batches: number[] = [];
  const store: Store = {
    ...lasting,
    get appliedVersion() {
      return lasting.appliedVersion;
    },
    apply: (writes, version) => {
      batches.push(writes.length);
      return lasting.apply(writes, version);
    },
  };
  const world = testWorld();
  const engine = await openTestEngine(world, { store });
  for (let i = 0; i < 6; i++) fill(engine, 1_000);
  await engine.whenDurable(engine.version);
  world.clock.advance(1_000);
  await new Promise((resolve) => setImmediate(resolve));
  batches.length = 0;
  await engine.changeSchema(withRank);
  expect(Math.max(...batches)).toBeLessThan(4_096 + 512 + 4);
  expect(batches.reduce((sum, count) => sum + count, 0)).toBeLessThan(6_100);
  await engine.close();
});

test("[EN20] [EN13] a document that is written while others are looked at decides as it is at the end", async () => {
  for (const [first, last, isTaken] of [
    ["", "too long", false],
    ["too long", "short", true],
  ] as const) {
    const world = testWorld();
    const engine = await openTestEngine(world);
    fill(engine, 600);
    const changed = note("r", 1, first);
    commit(engine, putDocument(engine, "notes", changed));
    const changing = engine.changeSchema(shortBodies).then(
      () => "taken",
      (error: unknown) => error,
    );
    // Its turn to be looked at may have been, or is still to come.
    commit(engine, putDocument(engine, "notes", { ...changed, body: last }));
    const content = contentOf(engine);
    const version = engine.version;
    const outcome = await changing;
    if (isTaken) expect(outcome).toBe("taken");
    else {
      expect(outcome).toMatchObject({
        code: "schema_invalid",
        details: [{ table: "notes", id: changed._id, path: "body", problem: expect.any(String) }],
      });
      expect([engine.version, contentOf(engine)]).toEqual([version, content]);
      // It goes on with the former schema, which takes what the other did not.
      commit(engine, putDocument(engine, "notes", note("r", 2, "very long")));
    }
    await engine.close();
  }
});

test("[EN20] what stops fitting while indexes are built stops the schema too, and leaves nothing of them", async () => {
  const world = testWorld();
  const opened: { engine?: Engine } = {};
  let late: string | undefined;
  const clock = {
    ...world.clock,
    soon: (task: () => void) => {
      const { engine } = opened;
      if (engine?.schemaProgress?.phase === "building" && late === undefined) {
        const unfit = note("r", 1, "too long");
        late = unfit._id;
        setImmediate(() => commit(engine, putDocument(engine, "notes", unfit)));
      }
      setImmediate(task);
    },
  };
  const store = createMemoryStore();
  const engine = await openTestEngine({ ...world, clock }, { store });
  opened.engine = engine;
  fill(engine, 1_200);
  const shortWithRank: Schema = defineSchema({
    notes: defineTable({ ...fields, body: v.literal("") })
      .index("by_room", ["room", "rank"])
      .index("by_rank", ["rank"]),
    people,
  });
  const refusal: unknown = await engine.changeSchema(shortWithRank).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "schema_invalid", details: [{ id: late }] });
  // The next change waits until what the former left is gone.
  await engine.changeSchema(testSchema);
  expect(store.range("inotes\0by_rank", "inotes\0by_rank\xff", "asc", 10)).toEqual([]);
  expect(countOf(engine, "by_room")).toBe(1_201);
  await engine.close();
});

test("[EN20] the very last write before the schema decides too", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  fill(engine, 10);
  await engine.whenDurable(engine.version);
  let late: string | undefined;
  world.disk.before = ({ kind }) => {
    const progress = engine.schemaProgress;
    // All is looked at, and what was committed meanwhile becomes durable.
    if (kind !== "sync" || progress?.done !== progress?.total || late !== undefined) return;
    const unfit = note("r", 1, "too long");
    late = unfit._id;
    commit(engine, putDocument(engine, "notes", unfit));
  };
  const changing = engine.changeSchema(shortBodies).catch((error: unknown) => error);
  commit(engine, putDocument(engine, "notes", note("r", 2, "short")));
  expect(await changing).toMatchObject({ code: "schema_invalid", details: [{ id: late }] });
  await engine.close();
});

test("[P6] [EN20] a view of what is durable is right in the very step in which a schema comes into force", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  const [moved = ""] = fill(engine, 10);
  await engine.whenDurable(engine.version);
  let sync = (): void => undefined;
  world.disk.before = ({ kind }) => (kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined);
  // Built from what is visible, which is not durable yet.
  commit(engine, putDocument(engine, "notes", { _id: moved, room: "r", rank: 99, body: "" }));
  const ranks: number[][] = [];
  const changing = engine.changeSchema(withRank, {
    onTaken: () => {
      const snapshot = engine.openSnapshot();
      const { documents } = snapshot.read(
        rangeOf(engine, { table: "notes", index: "by_rank", prefix: [] }),
        "asc",
        100,
      );
      ranks.push(documents.map(({ text }) => (JSON.parse(text) as { rank: number }).rank));
      snapshot.close();
    },
  });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  world.disk.before = () => undefined;
  sync();
  await changing;
  expect(ranks).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 99]]);
  await engine.close();
});

test("[P6] [EN21] an index that was taken away while documents were written has none of its former entries when it comes back", async () => {
  for (const hasRestart of [false, true]) {
    const world = testWorld();
    let engine = await openTestEngine(world, { schema: withRank });
    const [moved = "", gone = "", kept = ""] = fill(engine, 40);
    await engine.changeSchema(testSchema);
    commit(
      engine,
      putDocument(engine, "notes", { _id: moved, room: "r", rank: 99, body: "" }),
      deleteDocument(engine, "notes", gone),
      putDocument(engine, "notes", note("r", 100)),
    );
    if (hasRestart) {
      await engine.close();
      engine = await openTestEngine(world);
    }
    await engine.changeSchema(withRank);
    const { documents } = engine.read(rangeOf(engine, { table: "notes", index: "by_rank", prefix: [] }), "asc", 100);
    expect(documents).toHaveLength(40);
    expect(documents.map(({ id }) => id)).toEqual(expect.arrayContaining([moved, kept]));
    const ranks = documents.map(({ text }) => (JSON.parse(text) as { rank: number }).rank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    await engine.close();
  }
});

test("[EN22] what began before a schema begins anew, and a snapshot keeps the schema that it was opened with", async () => {
  const engine = await openTestEngine(testWorld(), { schema: withRank });
  const [id = ""] = fill(engine, 10);
  await engine.whenDurable(engine.version);
  const { version: snapshot } = engine;
  const byRank = rangeOf(engine, { table: "notes", index: "by_rank", prefix: [] });
  const insert = putDocument(engine, "notes", note("r", 1));
  const old = engine.openSnapshot();
  const reservation = engine.reserve({ snapshot, reads: [byRank], writes: [] });
  await engine.changeSchema(testSchema);
  // Also without a read: its keys are those of indexes that are no more.
  expect(engine.commit({ snapshot, reads: [], writes: [insert] }).kind).toBe("conflict");
  expect(engine.commit({ snapshot, reads: [byRank], writes: [] }).kind).toBe("conflict");
  expect(engine.figures.contention.reserved).toBe(0);
  await reservation.turn();
  expect(engine.reserve({ snapshot, reads: [byRank], writes: [insert] }).isSpent).toBe(false);
  commit(engine, deleteDocument(engine, "notes", id));
  expect(old.read(byRank, "asc", 100).documents).toHaveLength(10);
  old.close();
  await engine.close();
});

test("[EN21] an engine that is closed in the middle keeps its schema, and the next one builds anew", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  fill(engine, 900);
  const changing = engine.changeSchema(withRank).catch((error: unknown) => error);
  await Promise.resolve();
  await engine.close();
  expect(await changing).toMatchObject({ code: "shutting_down" });
  const again = await openTestEngine(world, { schema: withRank });
  expect(countOf(again, "by_rank")).toBe(900);
  await again.close();
});

test("[EN19] changes are made one after the other, in the order in which they were asked for", async () => {
  const engine = await openTestEngine(testWorld());
  fill(engine, 700);
  const order: string[] = [];
  await Promise.all([
    engine.changeSchema(withRank).then(() => order.push("with rank")),
    engine.changeSchema(shortBodies).then(() => order.push("short bodies")),
    engine.changeSchema(testSchema).then(() => order.push("as before")),
  ]);
  expect(order).toEqual(["with rank", "short bodies", "as before"]);
  expect(countOf(engine, "by_room")).toBe(700);
  await engine.close();
});
