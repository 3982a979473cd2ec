import {
  defineSchema,
  defineTable,
  digestText,
  digestWith,
  emptyDigest,
  v,
  type Projection,
  type RangeSpec,
} from "bothy/internal";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { BookLimits } from "./book-horizon.ts";
import type { Engine, Snapshot } from "./engine.ts";
import type { BookShape } from "./log-entry.ts";
import { commit, deleteDocument, newId, openTestEngine, putDocument, rangeOf, testWorld } from "./test-engine.ts";

/*
 * Random histories against a model that keeps every state: documents that come, change, move between prefixes, go and come
 * again, books of several shapes and projections, an index that is removed and added, a projection that gets other fields,
 * closing, loss of power, and time that passes.
 */

const notes = defineTable({ room: v.string(), rank: v.number(), body: v.string() });
const places = ["room", "rank"] as const;
const schemas = {
  whole: defineSchema({
    notes: notes.index("by_room", ["room", "rank"]).projection("place", places).projection("door", ["room"]),
  }),
  "other door": defineSchema({
    notes: notes.index("by_room", ["room", "rank"]).projection("place", places).projection("door", ["rank"]),
  }),
  "without index": defineSchema({ notes: notes.projection("place", places) }),
  "without table": defineSchema({}),
};
type SchemaName = keyof typeof schemas;

interface Note {
  readonly room: string;
  readonly rank: number;
  readonly body: string;
  readonly version: number;
  /** By projection and its fields: when it last showed a change, where that is not `version`. */
  readonly stamps: ReadonlyMap<string, number>;
}
type State = ReadonlyMap<string, Note>;

const rooms = ["a", "b", "c"];
const ids = Array.from({ length: 5 }, () => newId("notes"));

interface Probe {
  readonly shape: BookShape;
  readonly prefix: readonly (string | number)[];
  readonly has: (id: string, note: Note) => boolean;
}

const allIds: BookShape = { table: "notes", index: "by_id", equalities: 0 };
const oneId: BookShape = { table: "notes", index: "by_id", equalities: 1 };
const allRooms: BookShape = { table: "notes", index: "by_room", equalities: 0 };
const oneRoom: BookShape = { table: "notes", index: "by_room", equalities: 1 };
const oneRank: BookShape = { table: "notes", index: "by_room", equalities: 2 };
const roomDoor: BookShape = { ...allIds, projection: "door" };
const allPlaces: BookShape = { ...allIds, projection: "place" };
const roomPlaces: BookShape = { ...oneRoom, projection: "place" };
const shapes = [allIds, oneId, allRooms, oneRoom, oneRank, roomDoor, allPlaces, roomPlaces];

const probes: readonly Probe[] = [
  { shape: allIds, prefix: [], has: () => true },
  ...ids.slice(0, 2).map((id) => ({
    shape: oneId,
    prefix: [id],
    has: (other: string) => other === id,
  })),
  { shape: allRooms, prefix: [], has: () => true },
  { shape: roomDoor, prefix: [], has: () => true },
  { shape: allPlaces, prefix: [], has: () => true },
  ...rooms.flatMap((room) =>
    [oneRoom, roomPlaces].map((shape) => ({
      shape,
      prefix: [room],
      has: (_: string, note: Note) => note.room === room,
    })),
  ),
  ...rooms.map((room) => ({
    shape: oneRank,
    prefix: [room, 1],
    has: (_: string, note: Note) => note.room === room && note.rank === 1,
  })),
];

type Write = {
  readonly at: number;
  readonly room: number;
  readonly rank: number;
  readonly body: string;
  readonly isDelete: boolean;
};
type Step =
  | { readonly kind: "write"; readonly writes: readonly Write[] }
  | { readonly kind: "book"; readonly shape: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "reopen"; readonly schema: SchemaName; readonly isCrash: boolean; readonly seed: number };

const write = fc.record({
  at: fc.nat(ids.length - 1),
  room: fc.nat(rooms.length - 1),
  rank: fc.nat(1),
  body: fc.constantFrom("", "b"),
  isDelete: fc.constantFrom(false, false, true),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("write" as const),
      writes: fc.array(write, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("book" as const), shape: fc.nat(shapes.length - 1) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(3, 5, 40, 5_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("reopen" as const),
      schema: fc.constantFrom<SchemaName>("whole", "whole", "other door", "without index", "without table"),
      isCrash: fc.boolean(),
      seed: fc.nat(1_000),
    }),
  },
);

/** An engine and the model beside it. */
class Trial {
  readonly #disk = createMemoryDisk();
  readonly #limits: Partial<BookLimits>;
  #world = testWorld(this.#disk);
  #schema: SchemaName = "whole";
  #states = new Map<number, State>();
  readonly #sinceByShape = new Map<BookShape, number>();
  engine!: Engine;

  constructor(limits: Partial<BookLimits>) {
    this.#limits = limits;
  }

  async open(): Promise<void> {
    this.engine = await openTestEngine(this.#world, { schema: schemas[this.#schema], bookLimits: this.#limits });
  }

  #has({ index, projection }: BookShape): boolean {
    if (this.#schema === "without table") return false;
    return this.#schema !== "without index" || (index === "by_id" && projection !== "door");
  }

  /** Names a projection with its fields, in the schema in force. */
  #tagOf(name: string | undefined): string {
    return JSON.stringify(this.#projections.find((one) => one.name === name));
  }

  get #projections(): readonly Projection[] {
    return schemas[this.#schema].tables["notes"]?.projections ?? [];
  }

  #stampOf(note: Note, projection: string | undefined): number {
    return note.stamps.get(this.#tagOf(projection)) ?? note.version;
  }

  #written(before: Note | undefined, after: Omit<Note, "stamps">): Note {
    const unseen = this.#projections.filter(
      ({ fields }) => before && fields.every((field) => before[field as "room"] === after[field as "room"]),
    );
    const stamps = unseen.map(({ name }) => [this.#tagOf(name), before ? this.#stampOf(before, name) : 0] as const);
    return { ...after, stamps: new Map(stamps) };
  }

  get #now(): State {
    return this.#states.get(Math.max(...this.#states.keys())) ?? new Map();
  }

  /** Records of the background have changed no document. */
  catchUp(): void {
    const state = this.#now;
    for (let version = Math.max(0, ...this.#states.keys()) + 1; version <= this.engine.version; version++)
      this.#states.set(version, state);
  }

  async take(step: Step): Promise<void> {
    const { engine } = this;
    switch (step.kind) {
      case "write":
        this.#write(step.writes);
        break;
      case "book": {
        const shape = shapes[step.shape];
        if (shape === undefined || !this.#has(shape)) break;
        engine.keepBook(shape);
        if (!this.#sinceByShape.has(shape)) this.#sinceByShape.set(shape, engine.version);
        break;
      }
      case "pass":
        this.#world.clock.advance(step.ms);
        break;
      case "reopen":
        await this.#reopen(step);
    }
    this.catchUp();
    await this.engine.whenDurable(this.engine.version);
  }

  #write(writes: readonly Write[]): void {
    const { engine } = this;
    if (this.#schema === "without table") return;
    const state = new Map(this.#now);
    const last = new Map(writes.map((one) => [ids[one.at] ?? "", one]));
    const documents = [...last].flatMap(([id, { room, rank, body, isDelete }]) => {
      if (isDelete) return state.has(id) ? [deleteDocument(engine, "notes", id)] : [];
      return [putDocument(engine, "notes", { _id: id, room: rooms[room] ?? "", rank, body })];
    });
    if (documents.length === 0) return;
    const version = commit(engine, ...documents);
    for (const [id, { room, rank, body, isDelete }] of last) {
      if (isDelete) state.delete(id);
      else state.set(id, this.#written(state.get(id), { room: rooms[room] ?? "", rank, body, version }));
    }
    this.#states.set(version, state);
  }

  async #reopen({ schema, isCrash, seed }: Extract<Step, { readonly kind: "reopen" }>): Promise<void> {
    if (isCrash) this.#disk.crash(createSeededRandom(seed));
    else await this.engine.close();
    this.#world = testWorld(this.#disk);
    // What a crash has undone is undone before another schema is put in force.
    await this.open();
    const recovered = this.engine.version;
    this.#states = new Map([...this.#states].filter(([version]) => version <= recovered));
    for (const [shape, since] of this.#sinceByShape) if (since > recovered) this.#sinceByShape.delete(shape);
    if (schema === this.#schema) return;
    this.catchUp();
    await this.engine.close();
    const tags = new Map(this.#projections.map(({ name }) => [name, this.#tagOf(name)]));
    this.#schema = schema;
    await this.open();
    for (const shape of this.#sinceByShape.keys()) {
      const isOther = shape.projection !== undefined && tags.get(shape.projection) !== this.#tagOf(shape.projection);
      if (isOther || !this.#has(shape)) this.#sinceByShape.delete(shape);
    }
  }

  /** What digests and the newest change at this version, and what changed since every earlier one, are not as in the model. */
  findDifferences(isAllKept: boolean): unknown[] {
    const differences: unknown[] = [];
    const snapshot = this.engine.openSnapshot();
    for (const probe of probes) {
      if (!this.#has(probe.shape)) continue;
      for (const [what, found, isRight] of this.#answersTo(probe, snapshot, isAllKept))
        if (!isRight) differences.push([what, probe.shape, probe.prefix, found]);
    }
    snapshot.close();
    return differences;
  }

  *#answersTo(
    { shape, prefix, has }: Probe,
    snapshot: Snapshot,
    isAllKept: boolean,
  ): Generator<readonly [what: string, found: unknown, isRight: boolean]> {
    const range = rangeOf(this.engine, specOf(shape, prefix));
    const since = this.#sinceByShape.get(shape);
    const newest = snapshot.newestChange(range);
    const proof = snapshot.digest(range);
    if (since === undefined) {
      const changes = snapshot.changes(range, snapshot.version);
      return yield ["no book", [newest, proof, changes], (newest ?? proof ?? changes) === undefined];
    }
    const inside = [...this.#now].filter(([id, note]) => has(id, note));
    const stampOf = (note: Note): number => this.#stampOf(note, shape.projection);
    const digest = digestText(inside.reduce((sum, [id, note]) => digestWith(sum, id, stampOf(note)), emptyDigest));
    const read = snapshot.read(range, "asc", 100).documents.map(({ id, version }) => `${id} ${version}`);
    const stamps = inside.map(([id, note]) => `${id} ${stampOf(note)}`);
    yield ["stamps", read, read.toSorted().join() === stamps.toSorted().join()];
    yield ["digest", proof, proof === undefined || (proof.count === inside.length && proof.digest === digest)];
    for (const [version, then] of this.#states) {
      const changes = snapshot.changes(range, version);
      const expected = this.#changesSince(then, version, { has, stampOf });
      if (changes === undefined) {
        yield [`nothing since ${version}`, newest, (newest ?? 0) > version && (version < since || !isAllKept)];
        continue;
      }
      const found = JSON.stringify([changes.rows.map(({ id }) => id).toSorted(), changes.gone.toSorted()]);
      yield [`since ${version}`, found, version >= since && found === expected];
      // What is told to be unchanged is.
      yield ["newest", newest, newest === undefined || newest > version || expected === unchanged];
    }
  }

  #changesSince(
    then: State,
    since: number,
    { has, stampOf }: Pick<Probe, "has"> & { readonly stampOf: (note: Note) => number },
  ): string {
    const now = this.#now;
    const rows = [...now].flatMap(([id, note]) => (has(id, note) && stampOf(note) > since ? [id] : []));
    const gone = [...then].flatMap(([id, note]) => {
      const left = now.get(id);
      return has(id, note) && (left === undefined || !has(id, left)) ? [id] : [];
    });
    return JSON.stringify([rows.toSorted(), gone.toSorted()]);
  }

  /** Lets the background finish, after which every book is whole. */
  settle(): void {
    for (let i = 0; i < 200; i++) this.#world.clock.advance(5);
    this.catchUp();
  }

  everyBookIsWhole(): boolean {
    const snapshot = this.engine.openSnapshot();
    const digests = [...this.#sinceByShape.keys()].map((shape) => {
      const prefix = probes.find((probe) => probe.shape === shape)?.prefix ?? [];
      return snapshot.digest(rangeOf(this.engine, specOf(shape, prefix)));
    });
    snapshot.close();
    return digests.every((digest) => digest !== undefined);
  }
}

function specOf({ table, index, projection }: BookShape, prefix: Probe["prefix"]): RangeSpec {
  return { table, index, prefix: [...prefix], ...(projection === undefined ? {} : { only: projection }) };
}

const unchanged = "[[],[]]";

const roomy: Partial<BookLimits> = { stepPauseMs: 4 };
const tight: Partial<BookLimits> = { horizonMs: 10_000, leftMax: 6, stepPauseMs: 4 };

/** Takes the steps and says what was not as in the model after each, and after the background has finished. */
async function findDifferences(
  steps: readonly Step[],
  limits: Partial<BookLimits>,
  isAllKept: boolean,
): Promise<unknown[]> {
  const trial = new Trial(limits);
  await trial.open();
  trial.catchUp();
  for (const one of steps) {
    await trial.take(one);
    const differences = trial.findDifferences(isAllKept);
    if (differences.length > 0) return differences;
  }
  trial.settle();
  await trial.engine.whenDurable(trial.engine.version);
  const differences = trial.findDifferences(isAllKept);
  if (!trial.everyBookIsWhole()) differences.push("a book is not whole");
  await trial.engine.close();
  return differences;
}

const history = fc.array(step, { maxLength: 30, size: "max" });

test("[EN23] [EN28] counts, digests and changes are those of the documents at every version, whatever happened to them", async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 4 }), async (steps, stepRows) => {
      expect(await findDifferences(steps, { ...roomy, stepRows }, true)).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("[EN24] while the past is forgotten, a book tells what is right or nothing", async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 4 }), async (steps, stepRows) => {
      expect(await findDifferences(steps, { ...tight, stepRows }, false)).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);
