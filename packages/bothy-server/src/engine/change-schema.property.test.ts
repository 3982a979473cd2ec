import {
  defineSchema,
  defineTable,
  documentKeys,
  keyRangeOf,
  parseValue,
  schemaToJson,
  stringifyValue,
  tableOf,
  v,
  validate,
  type Document,
  type RangeSpec,
  type Schema,
} from "bothy/internal";
import * as fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk, createSeededRandom, createSystemClock, type Clock } from "../base/index.ts";
import type { Engine, ReadResult } from "./engine.ts";
import type { Store } from "../store/index.ts";
import { contentOfStore, createMachine, faults, openOn, type Machine } from "./test-crash.ts";
import { newId, openTestEngine, testWorld } from "./test-engine.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-schema-"));
afterAll(() => rmSync(root, { recursive: true }));

const indexChoices = [
  ["by_room", ["room", "rank"]],
  ["by_room", ["body", "room"]],
  ["by_rank", ["rank"]],
  ["by_tag", ["tag", "body"]],
  ["by_body", ["body"]],
] as const;

interface Shape {
  readonly indexes: readonly number[];
  readonly isTagNeeded: boolean;
  readonly hasPeople: boolean;
}

/** A schema of notes with some of the indexes, in some order; a table more or less; a validator that some documents break. */
const shape: fc.Arbitrary<Shape> = fc.record({
  indexes: fc
    .uniqueArray(fc.nat({ max: indexChoices.length - 1 }), { maxLength: 4 })
    .map((chosen) => chosen.filter((at, i) => !chosen.slice(0, i).some((earlier) => at + earlier === 1))),
  isTagNeeded: fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  hasPeople: fc.boolean(),
});

function schemaOf({ indexes, isTagNeeded, hasPeople }: Shape): Schema {
  const tag = isTagNeeded ? v.string() : v.optional(v.string());
  let notes = defineTable({ room: v.string(), rank: v.number(), body: v.string(), tag });
  for (const at of indexes) {
    const [name, fields] = indexChoices[at] ?? ["", []];
    notes = notes.index(name, [...fields] as never) as unknown as typeof notes;
  }
  return defineSchema(
    hasPeople ? { notes, people: defineTable({ name: v.string() }).index("by_name", ["name"]) } : { notes },
  );
}

type Op =
  | { readonly kind: "put"; readonly which: number; readonly rank: number; readonly hasTag: boolean }
  | { readonly kind: "remove"; readonly which: number }
  | { readonly kind: "look"; readonly which: number; readonly rank: number };

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      which: fc.nat({ max: 260 }),
      rank: fc.nat({ max: 5 }),
      hasTag: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), which: fc.nat({ max: 260 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("look" as const), which: fc.nat(), rank: fc.nat({ max: 5 }) }),
  },
);

const ids = Array.from({ length: 261 }, (_, at) => {
  // Spread over the ids of the table, as those of devices are.
  const id = newId("notes");
  return `${id.slice(0, 7)}${(at * 7_919).toString(16).padStart(6, "0").slice(-6)}${id.slice(13)}`;
});

interface Reader {
  read(range: ReturnType<typeof keyRangeOf>, order: "asc" | "desc", limit: number): ReadResult;
}

function documentsOf(reader: Reader, schema: Schema, spec: RangeSpec): Document[] {
  return reader
    .read(keyRangeOf(schema, spec), "asc", 100_000)
    .documents.map(({ text }) => parseValue(text) as Document);
}

/** Every index says what a scan of all documents says. */
function checkIndexes(reader: Reader, schema: Schema): void {
  for (const table of Object.values(schema.tables)) {
    const all = documentsOf(reader, schema, { table: table.name, index: "by_id", prefix: [] });
    for (const [at, index] of table.indexes.entries()) {
      const expected = all
        .map((document) => ({ key: documentKeys(table, document)[at] ?? "", document }))
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ document }) => document);
      expect(documentsOf(reader, schema, { table: table.name, index: index.name, prefix: [] })).toEqual(expected);
    }
  }
}

/** One range of one index says what a filter over all documents says. */
function checkRange(reader: Reader, schema: Schema, which: number, rank: number): void {
  const { indexes } = tableOf(schema, "notes");
  const index = indexes[which % indexes.length];
  const [first = ""] = index?.fields ?? [];
  const value = first === "rank" ? rank : first === "room" ? `r${rank % 3}` : `b${rank}`;
  if (index === undefined || first.startsWith("_") || first === "tag") return;
  const all = documentsOf(reader, schema, { table: "notes", index: "by_id", prefix: [] });
  const found = documentsOf(reader, schema, { table: "notes", index: index.name, prefix: [value] });
  const wanted = all.filter((document) => document[first] === value);
  expect(new Set(found.map(({ _id }) => _id))).toEqual(new Set(wanted.map(({ _id }) => _id)));
  expect(found).toHaveLength(wanted.length);
}

function apply(engine: Engine, one: Op): void {
  const { schema } = engine;
  const table = tableOf(schema, "notes");
  if (one.kind === "look") {
    checkRange(engine, schema, one.which, one.rank);
    const snapshot = engine.openSnapshot();
    checkRange(snapshot, schema, one.which, one.rank);
    snapshot.close();
    return;
  }
  const id = ids[one.which] ?? "";
  const [stored] = engine.read(
    keyRangeOf(schema, { table: "notes", index: "by_id", prefix: [id] }),
    "asc",
    1,
  ).documents;
  const before = stored === undefined ? null : documentKeys(table, parseValue(stored.text) as Document);
  if (one.kind === "remove" && before === null) return;
  const { rank } = one.kind === "put" ? one : { rank: 0 };
  const document: Document = {
    _id: id,
    _creationTime: one.which,
    room: `r${rank % 3}`,
    rank,
    body: `b${(rank * 3) % 5}`,
  };
  if (one.kind === "put" && (one.hasTag || !fits(table, document))) document["tag"] = `t${rank}`;
  const isRemoval = one.kind === "remove";
  const write = {
    table: "notes",
    id,
    text: isRemoval ? null : stringifyValue(document),
    before,
    after: isRemoval ? null : documentKeys(table, document),
  };
  expect(engine.commit({ snapshot: engine.version, reads: [], writes: [write] }).kind).toBe("committed");
}

function fits(table: Schema["tables"][string], document: Document): boolean {
  try {
    validate(table.documentValidator, document, "document_invalid", "");
    return true;
  } catch {
    return false;
  }
}

/** A clock on which every look at the time takes a millisecond, so that steps are small; others have their turn between them. */
function busyClock(clock: Clock, between: () => void): Clock {
  let elapsedMs = 0;
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => ++elapsedMs,
    after: (delayMs, task) => clock.after(delayMs, task),
    soon: (task) => {
      setImmediate(() => {
        between();
        task();
      });
    },
  };
}

interface Beside {
  readonly ops: Op[];
  readonly failures: unknown[];
}

interface Round {
  readonly target: Shape;
  readonly ops: readonly Op[];
  readonly crash: { readonly at: number; readonly fault: (typeof faults)[number]; readonly seed: number } | null;
  readonly goesOn: boolean;
}

const round: fc.Arbitrary<Round> = fc.record({
  target: shape,
  ops: fc.array(op, { minLength: 20, maxLength: 60, size: "max" }),
  crash: fc.option(
    fc.record({ at: fc.integer({ min: 1, max: 25 }), fault: fc.constantFrom(...faults), seed: fc.nat({ max: 1_000 }) }),
    { freq: 2 },
  ),
  goesOn: fc.boolean(),
});

/** Takes one schema while writes go on; true when it came into force. */
async function takeWhileWriting(engine: Engine, next: Schema, ops: Op[]): Promise<boolean> {
  let isTaken = false;
  try {
    await engine.changeSchema(next, {
      onTaken: () => {
        isTaken = true;
        expect(schemaToJson(engine.schema)).toEqual(schemaToJson(next));
        const { notes } = next.tables;
        for (const document of documentsOf(engine, next, { table: "notes", index: "by_id", prefix: [] }))
          if (notes !== undefined) expect(fits(notes, document)).toBe(true);
        checkIndexes(engine, next);
        const snapshot = engine.openSnapshot();
        checkIndexes(snapshot, next);
        snapshot.close();
      },
    });
  } catch (error) {
    expect(isTaken).toBe(false);
    expect(error).toMatchObject({ code: "schema_invalid" });
  }
  for (const one of ops.splice(0)) apply(engine, one);
  return isTaken;
}

/** A clock between whose turns writes go on. What goes wrong in them is kept for the end of the round. */
function writingClock(
  clock: Clock,
  beside: Beside,
  isAlive: () => boolean,
): { clock: Clock; write: (engine: Engine) => void } {
  let engine: Engine | undefined;
  const between = (): void => {
    const next = engine === undefined || !isAlive() ? undefined : beside.ops.shift();
    try {
      if (next !== undefined && engine !== undefined) apply(engine, next);
    } catch (error) {
      if (isAlive()) beside.failures.push(error);
    }
  };
  return { clock: busyClock(clock, between), write: (opened) => void (engine = opened) };
}

async function openBusy(machine: Machine, schema: Schema, beside: Beside): Promise<Engine> {
  const world = machine.world();
  const life = machine.lifeCount;
  const { clock, write } = writingClock(world.clock, beside, () => life === machine.lifeCount);
  const { store } = machine;
  const ownStore: Store = {
    ...store,
    get appliedVersion() {
      return store.appliedVersion;
    },
    // A process that has ended writes nothing any more, whatever it was about to do.
    apply: (writes, version) =>
      life === machine.lifeCount ? store.apply(writes, version) : new Promise<never>(() => undefined),
  };
  const engine = await openTestEngine({ ...world, clock }, { store: ownStore, segmentSizeBytes: 20_000, schema });
  write(engine);
  return engine;
}

/** Opens with the first schema that the documents fit: one of the two is in force. */
async function openAgain(machine: Machine, schemas: readonly Schema[], beside: Beside): Promise<Engine> {
  for (const schema of schemas) {
    try {
      return await openBusy(machine, schema, beside);
    } catch (error) {
      expect(error).toMatchObject({ code: "schema_invalid" });
    }
  }
  throw new Error("neither schema could be opened");
}

/** The table and the index of an entry of the store. */
function nameOfEntry(key: string): string {
  const [table = "", tag = ""] = key.slice(1).split("\0");
  return `${table} ${tag.slice(0, tag.indexOf(":"))}`;
}

function fill(engine: Engine, count: number): void {
  for (let at = 0; at < count; at++) apply(engine, { kind: "put", which: at * 2, rank: at % 6, hasTag: at % 3 > 0 });
}

test("[P6] [EN19] [EN20] [EN21] an index says what a scan says, while indexes come and go beside writes and the power goes at any operation", async () => {
  await fc.assert(
    fc.asyncProperty(shape, fc.array(round, { minLength: 1, maxLength: 3 }), async (first, rounds) => {
      const machine = createMachine();
      const beside: Beside = { ops: [], failures: [] };
      let inForce = schemaOf({ ...first, isTagNeeded: false });
      let engine = await openBusy(machine, inForce, beside);
      fill(engine, 120);
      for (const { target, ops, crash, goesOn } of rounds) {
        const next = schemaOf(target);
        beside.ops.push(...ops);
        await engine.whenDurable(engine.version);
        const old = engine.openSnapshot();
        if (crash !== null) machine.failAt(crash.at, crash.fault, createSeededRandom(crash.seed));
        const { ended, lifeCount } = machine;
        const isTaken = await Promise.race([
          takeWhileWriting(engine, next, beside.ops).catch((error: unknown) => {
            if (machine.lifeCount === lifeCount) throw error;
          }),
          ended,
        ]);
        // A fault that has not come does not come later.
        machine.failAt(1_000_000_000, "error", createSeededRandom(1));
        if (machine.lifeCount === lifeCount) {
          checkIndexes(old, inForce);
          if (isTaken === true) inForce = next;
        } else {
          beside.ops.length = 0;
          engine = await openAgain(machine, goesOn ? [next, inForce] : [inForce, next], beside);
          inForce = engine.schema;
        }
        expect(beside.failures).toEqual([]);
        checkIndexes(engine, inForce);
      }
      // Once what changes have left behind is removed, nothing stands in the store but the indexes in force.
      await engine.changeSchema(engine.schema);
      await engine.close();
      const names = new Set(
        contentOfStore(machine.store).flatMap(([key]) => (key.startsWith("i") ? [nameOfEntry(key)] : [])),
      );
      const known = Object.values(inForce.tables).flatMap((table) =>
        table.indexes.map(({ name }) => `${table.name} ${name}`),
      );
      expect([...names].filter((name) => !known.includes(name))).toEqual([]);
      const last = await openOn(machine, { schema: inForce });
      checkIndexes(last, inForce);
      await last.close();
    }),
    { numRuns: 25 },
  );
});

test("[P6] [EN19] [EN20] [EN21] the same over LMDB, closed in the middle of some changes", async () => {
  let folders = 0;
  const change = fc.record({
    target: shape,
    ops: fc.array(op, { minLength: 20, maxLength: 60, size: "max" }),
    closesAfter: fc.option(fc.nat({ max: 12 })),
  });
  await fc.assert(
    fc.asyncProperty(shape, fc.array(change, { minLength: 1, maxLength: 3 }), async (first, changes) => {
      const folder = join(root, String(++folders));
      const beside: Beside = { ops: [], failures: [] };
      let isOpen = true;
      const open = async (schema: Schema): Promise<Engine> => {
        const { clock, write } = writingClock(createSystemClock(), beside, () => isOpen);
        const world = { ...testWorld(), disk: createNodeDisk(), clock };
        const engine = await openTestEngine(world, { store: "lmdb", folder, schema });
        write(engine);
        isOpen = true;
        return engine;
      };
      let engine = await open(schemaOf({ ...first, isTagNeeded: false }));
      fill(engine, 120);
      for (const { target, ops, closesAfter } of changes) {
        beside.ops.push(...ops);
        const next = schemaOf(target);
        const before = engine.schema;
        const taking = takeWhileWriting(engine, next, beside.ops).catch((error: unknown) => {
          if (isOpen) throw error;
        });
        if (closesAfter !== null) {
          for (let turns = 0; turns < closesAfter; turns++) await new Promise((resolve) => setImmediate(resolve));
          isOpen = false;
          beside.ops.length = 0;
          await engine.close();
          await taking;
          engine = await open(engine.schema === next ? next : before);
        }
        await taking;
        expect(beside.failures).toEqual([]);
        checkIndexes(engine, engine.schema);
      }
      await engine.close();
    }),
    { numRuns: 6 },
  );
});
