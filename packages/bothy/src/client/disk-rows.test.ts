import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryRealm } from "../base/index.ts";
import type { HeldRanges, Order } from "../ranges/index.ts";
import { schemaHash, type KeyRange } from "../schema/index.ts";
import { createMemoryDisk, openMemoryStorage, type ClientStorage } from "../storage/index.ts";
import { encodeKey, encodeKeyElement, keyAfterPrefix } from "../values/index.ts";
import { applyEffect, createBase, storedRowOf, type BaseState, type Effect } from "./base-state.ts";
import { createDiskRows, type DiskRows } from "./disk-rows.ts";
import { schema } from "./fixtures/test-app.ts";
import { noteRow } from "./fixtures/test-rows.ts";
import { firstState, hydrate } from "./hydrate.ts";
import { createPokeLog, type PokeLog, type PokeToStore } from "./poke-log.ts";
import { storedFormat } from "./stored-rows.ts";

const stamp = { format: storedFormat, schema: schemaHash(schema) };
const clock = createMemoryRealm().openTab().clock;
const rowCount = 40;
// A few of these fill a segment.
const ballast = "-".repeat(15_000);

/** A device below its queries: memory, segments and log over a storage, next to all rows that it should know. */
class Device {
  readonly storage: ClientStorage = openMemoryStorage(createMemoryDisk());
  readonly budgetBytes: number;
  oracle: BaseState = createBase(schema);
  storedOracle: BaseState = this.oracle;
  readonly unwritten: { readonly poke: PokeToStore; readonly oracle: BaseState }[] = [];
  base: BaseState = createBase(schema);
  disk: DiskRows | undefined;
  log: PokeLog | undefined;
  number = 0;
  writesLeft = Infinity;
  readCount = 0;
  beforeRead: (number: number) => Promise<void> | undefined = () => undefined;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  async start(): Promise<void> {
    const found = await hydrate(schema, this.storage, stamp);
    this.base = found.base;
    const disk = createDiskRows({
      schema,
      clock,
      budgetBytes: this.budgetBytes,
      read: async (number) => {
        this.readCount++;
        await this.beforeRead(number);
        return await this.storage.get("segment", [1, number]);
      },
      fill: (table, rows) => this.base.held.putNew(table, rows),
      prepare: (table, position) => this.base.held.prepare(table, position, 2),
      held: () => this.base.held,
      remove: (table, id) => void this.base.held.remove(table, id),
    });
    disk.adopt(found.segments);
    this.disk = disk;
    const write: Parameters<typeof createPokeLog>[0]["write"] = (operations) => {
      if (this.writesLeft-- <= 0) return Promise.reject(new Error("The tab has ended."));
      return this.storage.write(operations);
    };
    this.log = createPokeLog({ schema, stamp, disk, storage: this.storage, write }, found);
    this.number = found.poke;
  }

  /** Shows a poke; it is written with the next that is not late. */
  async poke(effect: Effect, isLate: boolean): Promise<void> {
    this.number++;
    this.disk?.note(this.number, effect);
    this.base = applyEffect(schema, this.base, effect).base;
    this.oracle = applyEffect(schema, this.oracle, effect).base;
    const state = { ...firstState, version: this.number };
    const { base } = this;
    const poke = { number: this.number, effect, state, base, refused: [], chainBefore: "", moved: undefined };
    this.unwritten.push({ poke, oracle: this.oracle });
    if (!isLate) await this.writeAll();
  }

  async writeAll(): Promise<void> {
    for (const { poke, oracle } of this.unwritten.splice(0)) {
      await this.log?.write(poke);
      this.storedOracle = oracle;
    }
  }

  /** Starts again; what was not written is lost. */
  async crash(): Promise<void> {
    this.unwritten.length = 0;
    this.oracle = this.storedOracle;
    await this.start();
  }

  /** Reads as a run does: again, until nothing is lacking. */
  async read(range: KeyRange, order: Order, limit: number): Promise<readonly string[]> {
    for (let round = 0; ; round++) {
      const { rows } = this.base.held.read(range, order, limit);
      const lacks = this.disk?.lacking({ range, order, limit }, rows, round) ?? [];
      if (lacks.length === 0) return rows.map(textOf);
      await this.disk?.load(lacks);
    }
  }
}

const textOf = ({ id, version }: { readonly id: string; readonly version: number }): string => `${id} ${version}`;

/** The rows that a read of everything in memory would find. */
const expected = (held: HeldRanges, range: KeyRange, order: Order, limit: number): readonly string[] =>
  held.read(range, order, limit).rows.map(textOf);

/** All rows. */
const whole: KeyRange = { table: "notes", index: "by_list", equalities: 0, lower: "", upper: keyAfterPrefix("") };

const anyRow = fc.record({ k: fc.nat({ max: rowCount - 1 }), list: fc.constantFrom("a", "b", "c"), rank: fc.nat(9) });
const anyStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("poke" as const),
      rows: fc.array(anyRow, { maxLength: 12 }),
      gone: fc.array(fc.nat({ max: rowCount - 1 }), { maxLength: 3 }),
      isLate: fc.boolean(),
      isReset: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      index: fc.constantFrom("by_list", "by_id", "by_creation_time"),
      list: fc.constantFrom("a", "b", "c", undefined),
      k: fc.nat({ max: rowCount - 1 }),
      order: fc.constantFrom("asc" as const, "desc" as const),
      limit: fc.constantFrom(1, 3, 8, Infinity),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "compact" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "crash" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("torn" as const), writeCount: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "evict" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "rest" as const }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function rangeFor(step: Step & { readonly kind: "read" }): KeyRange {
  const table = "notes";
  if (step.index === "by_id") {
    const lower = encodeKeyElement(noteRow(step.k, "a", "", 1).id);
    return { table, index: "by_id", equalities: 1, lower, upper: keyAfterPrefix(lower) };
  }
  const isWhole = step.index === "by_creation_time" || step.list === undefined;
  const lower = isWhole ? "" : encodeKey([step.list ?? ""]);
  return { table, index: step.index, equalities: isWhole ? 0 : 1, lower, upper: keyAfterPrefix(lower) };
}

async function take(device: Device, step: Step): Promise<void> {
  switch (step.kind) {
    case "poke": {
      const version = device.number + 1;
      const rows = new Map(step.rows.map(({ k, list, rank }) => [k, noteRow(k, list, ballast, version, rank)]));
      const removed = step.gone.filter((k) => !rows.has(k)).map((k) => noteRow(k, "a", "", 1).id);
      const stored = [...rows.values()].map(storedRowOf);
      return await device.poke(
        { isReset: step.isReset, tables: [{ table: "notes", rows: stored, removed }] },
        step.isLate,
      );
    }
    case "read": {
      const range = rangeFor(step);
      const wanted = expected(device.oracle.held, range, step.order, step.limit);
      expect(await device.read(range, step.order, step.limit)).toEqual(wanted);
      return;
    }
    case "compact":
      return await device.log?.compact({ upTo: 0, operations: [] });
    case "torn":
      // The tab ends inside a compaction.
      device.writesLeft = step.writeCount;
      await device.log?.compact({ upTo: 0, operations: [] }).catch(() => undefined);
      device.writesLeft = Infinity;
      return await device.crash();
    case "crash":
      return await device.crash();
    case "evict":
      return device.disk?.evict(() => []);
    case "rest":
      return await device.disk?.loadRest(() => false);
  }
}

test("[CL9] [CL20] [CL22] in whatever order rows are poked, stored, read, forgotten and read again, a read finds what is there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(0, 150_000, 1e9),
      fc.array(anyStep, { minLength: 4, maxLength: 24 }),
      async (budgetBytes, steps) => {
        const device = new Device(budgetBytes);
        await device.start();
        for (const step of steps) await take(device, step);
        await device.writeAll();
        await device.crash();
        const all = expected(device.oracle.held, whole, "asc", Infinity);
        expect(await device.read(whole, "asc", Infinity)).toEqual(all);
      },
    ),
    { numRuns: 600 },
  );
}, 60_000);

/** A device with some rows, all of them on disk only. */
async function deviceOnDisk(): Promise<{ readonly device: Device; readonly disk: DiskRows }> {
  const device = new Device(1e9);
  await device.start();
  const rows = Array.from({ length: rowCount }, (_, k) => storedRowOf(noteRow(k, "a", ballast, 1)));
  await device.poke({ isReset: false, tables: [{ table: "notes", rows, removed: [] }] }, false);
  await device.log?.compact({ upTo: 0, operations: [] });
  await device.start();
  const { disk } = device;
  if (!disk) throw new Error("a start makes the rows on disk");
  return { device, disk };
}

test("[CL20] loads that meet read a segment once, and each puts its rows into memory before it ends", async () => {
  const { device, disk } = await deviceOnDisk();
  const all = disk.absentIn([whole], -1);
  expect(all.length).toBeGreaterThan(8);
  const one = disk.load(all.slice(0, 1)).then(() => expect(disk.absentIn([whole], -1)).not.toContain(all[0]));
  await Promise.all([one, disk.load(all), disk.load(all.toReversed()), disk.loadRest(() => false)]);
  expect(disk.isWhole).toBe(true);
  expect(device.readCount).toBe(all.length);
  expect(await device.read(whole, "asc", Infinity)).toEqual(expected(device.oracle.held, whole, "asc", Infinity));
});

test("[CL20] [CL22] rows that a poke has forgotten while they were read do not come back", async () => {
  const { device, disk } = await deviceOnDisk();
  const all = disk.absentIn([whole], -1);
  const loaded = disk.load(all);
  await device.poke({ isReset: true, tables: [] }, false);
  await loaded;
  expect(device.readCount).toBeGreaterThan(0);
  expect(await device.read(whole, "asc", Infinity)).toEqual([]);
});

test("[CL20] a read that fails fails the loads that wait for it, and no later one", async () => {
  const { device, disk } = await deviceOnDisk();
  const [first, second, ...others] = disk.absentIn([whole], -1);
  if (!first || !second) throw new Error("rows lie in several segments");
  const failure = new Error("The storage refuses.");
  device.beforeRead = () => Promise.reject(failure);
  const both = await Promise.allSettled([disk.load([first]), disk.load([first, ...others])]);
  expect(both.map((load) => load.status === "rejected" && load.reason)).toEqual([failure, failure]);
  // A load that has not come to the segment yet whose reading failed.
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  device.beforeRead = (number) => (number === first.number ? gate : Promise.reject(failure));
  const slow = disk.load([first, second]);
  await new Promise((resolve) => setTimeout(resolve));
  device.beforeRead = () => undefined;
  await disk.load([second]);
  letGo();
  await slow;
  expect(disk.absentIn([whole], -1)).toEqual(others);
});
