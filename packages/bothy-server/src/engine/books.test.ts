import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineSchema } from "bothy/internal";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk } from "../base/index.ts";
import { openLmdbStore } from "../store/index.ts";
import { splitEntryKey } from "./book-entries.ts";
import type { Engine, RangeChanges } from "./engine.ts";
import { commit, deleteDocument, newId, openTestEngine, putDocument, rangeOf, testWorld } from "./test-engine.ts";

const shape = { table: "notes", index: "by_room", equalities: 1 };

function changesIn(engine: Engine, room: string, since: number): RangeChanges | undefined {
  const snapshot = engine.openSnapshot();
  const changes = snapshot.changes(rangeOf(engine, { table: "notes", index: "by_room", prefix: [room] }), since);
  snapshot.close();
  return changes;
}

test("[EN11] a book tells nothing of the time before it, of bounded ranges and of other shapes", async () => {
  const engine = await openTestEngine(testWorld());
  const before = engine.version;
  expect(changesIn(engine, "a", before)).toBeUndefined();
  engine.keepBook(shape);
  engine.keepBook(shape);
  await engine.whenDurable(engine.version);
  expect(engine.version).toBe(before + 1);
  expect(changesIn(engine, "a", before)).toBeUndefined();
  expect(changesIn(engine, "a", engine.version)).toEqual({ rows: [], gone: [] });
  const snapshot = engine.openSnapshot();
  const bound = { value: 3, isInclusive: true };
  const ranges = [
    rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"], lower: bound }),
    rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a"], lower: bound, upper: bound }),
    rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a", 3] }),
    rangeOf(engine, { table: "notes", index: "by_room", prefix: [] }),
  ];
  for (const range of ranges) expect(snapshot.changes(range, engine.version)).toBeUndefined();
  snapshot.close();
  await engine.close();
});

const root = mkdtempSync(join(tmpdir(), "bothy-books-"));
afterAll(() => rmSync(root, { recursive: true }));

const room = (engine: Engine, name: string) => rangeOf(engine, { table: "notes", index: "by_room", prefix: [name] });

function put(engine: Engine, id: string, name: string): number {
  return commit(engine, putDocument(engine, "notes", { _id: id, room: name, rank: 0, body: "" }));
}

/** Entries of the books in a closed folder, by kind. */
async function countEntries(
  folder: string,
): Promise<{ readonly left: number; readonly present: number; readonly totals: number }> {
  const store = await openLmdbStore(createNodeDisk(), `${folder}/store`);
  const kinds = { l: 0, p: 0, t: 0 };
  for (const [key] of store.range("b", "c", "asc", 10_000)) {
    const kind = splitEntryKey(key).kind;
    if (kind === "l" || kind === "p" || kind === "t") kinds[kind]++;
  }
  await store.close();
  return { left: kinds.l, present: kinds.p, totals: kinds.t };
}

test("[EN24] what lies before the horizon is forgotten in steps, and cursors from then are told nothing", async () => {
  const folder = join(root, "horizon");
  const { clock, ...rest } = testWorld();
  const world = { ...rest, clock, disk: createNodeDisk() };
  const bookLimits = { horizonMs: 32_000, stepRows: 2 };
  const engine = await openTestEngine(world, { folder, store: "lmdb", bookLimits });
  engine.keepBook(shape);
  const ids = Array.from({ length: 6 }, () => newId("notes"));
  for (const id of ids) put(engine, id, "a");
  for (const id of ids.slice(0, 4)) put(engine, id, "b");
  put(engine, newId("notes"), "still");
  const early = engine.version;
  // Everybody leaves this room for good.
  const lost = newId("notes");
  put(engine, lost, "empty");
  commit(engine, deleteDocument(engine, "notes", lost));
  clock.advance(2_000);
  put(engine, ids[5] ?? "", "a");
  clock.advance(18_000);
  const late = put(engine, ids[4] ?? "", "b");
  await engine.whenDurable(engine.version);
  expect(changesIn(engine, "a", early)?.gone).toEqual([ids[4]]);
  let wasInside = 0;
  for (let i = 0; i < 20; i++) {
    clock.advance(1_000);
    put(engine, ids[5] ?? "", "a");
    if (i === 3) wasInside = put(engine, lost, "empty since");
    if (i === 5) commit(engine, deleteDocument(engine, "notes", lost));
  }
  clock.advance(1_000);
  await engine.whenDurable(engine.version);
  expect(changesIn(engine, "a", early)).toBeUndefined();
  // What has not changed can be proved beyond the horizon.
  expect(changesIn(engine, "still", early)).toEqual({ rows: [], gone: [] });
  expect(changesIn(engine, "still", early - 1)).toBeUndefined();
  expect(changesIn(engine, "a", late - 1)?.gone).toEqual([ids[4]]);
  expect(changesIn(engine, "empty since", wasInside)).toEqual({ rows: [], gone: [lost] });
  const snapshot = engine.openSnapshot();
  expect(snapshot.newestChange(room(engine, "empty"))).toBeGreaterThan(early);
  expect(snapshot.digest(room(engine, "empty"))).toEqual({ count: 0, digest: "0".repeat(16) });
  expect(snapshot.digest(room(engine, "b"))?.count).toBe(5);
  snapshot.close();
  await engine.close();
  // Two that left and two that were written since; totals of rooms that hold or held something in that time.
  expect(await countEntries(folder)).toEqual({ left: 2, present: 2, totals: 4 });
});

test("[EN24] more than so many rows that left are not remembered, however recent", async () => {
  const folder = join(root, "left");
  const { clock, ...rest } = testWorld();
  const world = { ...rest, clock, disk: createNodeDisk() };
  const engine = await openTestEngine(world, { folder, store: "lmdb", bookLimits: { leftMax: 320 } });
  engine.keepBook(shape);
  const since = engine.version;
  const id = newId("notes");
  const versions: number[] = [];
  for (let i = 0; i < 1_000; i++) {
    versions.push(put(engine, id, `r${i % 2}`));
    clock.advance(5);
  }
  clock.advance(1_000);
  await engine.whenDurable(engine.version);
  expect(changesIn(engine, "r0", since)).toBeUndefined();
  expect(changesIn(engine, "r0", versions[900] ?? 0)).toMatchObject({ gone: [id] });
  await engine.close();
  const { left } = await countEntries(folder);
  expect(left).toBeGreaterThan(250);
  expect(left).toBeLessThan(320 + 256 + 10);
});

test("[EN25] rows that were there before the book are counted in steps beside writes, and a prefix is proved when all are", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world, { bookLimits: { stepRows: 10 } });
  const ids = Array.from({ length: 35 }, () => newId("notes"));
  for (const id of ids) put(engine, id, "a");
  const before = engine.version;
  engine.keepBook(shape);
  await engine.whenDurable(engine.version);
  const digestOf = (name: string) => {
    const snapshot = engine.openSnapshot();
    const digest = snapshot.digest(room(engine, name));
    snapshot.close();
    return digest;
  };
  for (let i = 0; i < 3; i++) {
    expect(digestOf("a")).toBeUndefined();
    // Those that were counted and those that were not.
    commit(engine, deleteDocument(engine, "notes", ids[i] ?? ""));
    put(engine, ids[34 - i] ?? "", "b");
    world.clock.advance(4);
    await engine.whenDurable(engine.version);
  }
  const held = engine.openSnapshot();
  put(engine, ids[20] ?? "", "b");
  await engine.whenDurable(engine.version);
  expect(held.digest(room(engine, "b"))?.count).toBe(3);
  held.close();
  expect([digestOf("a")?.count, digestOf("b")?.count]).toEqual([35 - 3 - 4, 4]);
  expect(engine.version).toBe(before + 1 + 3 * 3 + 1);
  await engine.close();
});

test("[EN25] a book that begins again counts nothing that an earlier one has left behind", async () => {
  const world = testWorld();
  const all = { table: "notes", index: "by_id", equalities: 0 };
  const first = await openTestEngine(world);
  first.keepBook(all);
  for (let i = 0; i < 3; i++) put(first, newId("notes"), "a");
  await first.close();
  await (await openTestEngine(world, { schema: defineSchema({}) })).close();
  const again = await openTestEngine(world);
  put(again, newId("notes"), "a");
  again.keepBook(all);
  await again.whenDurable(again.version);
  const snapshot = again.openSnapshot();
  expect(snapshot.digest(rangeOf(again, { table: "notes", index: "by_id", prefix: [] }))?.count).toBe(4);
  snapshot.close();
  await again.close();
});

test("[EN26] an unchanged range is proved by one look into the store, however much the book holds", async () => {
  const engine = await openTestEngine(testWorld());
  engine.keepBook(shape);
  for (let i = 0; i < 50; i++) put(engine, newId("notes"), "a");
  const since = engine.version;
  for (let i = 0; i < 50; i++) put(engine, newId("notes"), "b");
  await engine.whenDurable(engine.version);
  expect(changesIn(engine, "a", since)).toEqual({ rows: [], gone: [] });
  const snapshot = engine.openSnapshot();
  expect(snapshot.newestChange(room(engine, "a"))).toBe(since);
  expect(snapshot.newestChange(room(engine, "b"))).toBe(engine.version);
  expect(snapshot.newestChange(room(engine, "c"))).toBeLessThan(since);
  expect(
    snapshot.newestChange(rangeOf(engine, { table: "notes", index: "by_room", prefix: ["a", 1] })),
  ).toBeUndefined();
  snapshot.close();
  await engine.close();
});
