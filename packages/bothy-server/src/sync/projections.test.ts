import {
  digestText,
  digestWith,
  documentKeys,
  emptyDigest,
  isIdOf,
  keyRangeOf,
  parseValue,
  printOfRow,
  rangeNumber,
  rangeSpecFromJson,
  rangeSpecId,
  rangeTag,
  readPrints,
  tableOf,
} from "bothy/internal";
import type { Document, HelloCursor, Json, KeyRange, Poke, RangeSpec } from "bothy/internal";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  connectDevice,
  helloOf,
  lastValue,
  mutation,
  newDevice,
  openTestDeployment,
  settle,
  testSchema,
  until,
} from "./test-deployment.ts";
import type { Incoming, TestClient, TestDeployment } from "./test-deployment.ts";
import { field, membershipsOf, noteFunctions, textOf } from "./test-notes.ts";
import type { TestFunction } from "./test-functions.ts";

/** What a membership may grant, by its name. */
const grants: Readonly<Record<string, RangeSpec>> = {
  "whole den": { table: "notes", index: "by_room", prefix: ["den"] },
  "places of the den": { table: "notes", index: "by_room", prefix: ["den"], only: "place" },
  "places of the attic": { table: "notes", index: "by_room", prefix: ["attic"], only: "place" },
  "newest places of the den": { table: "notes", index: "by_room", prefix: ["den"], only: "place", newest: 2 },
  "all doors": { table: "notes", index: "by_creation_time", prefix: [], only: "door" },
  "high places of the den": {
    table: "notes",
    index: "by_room",
    prefix: ["den"],
    only: "place",
    lower: { value: 5, isInclusive: true },
  },
};

const functions: Readonly<Record<string, TestFunction>> = {
  put: noteFunctions["put"] as TestFunction,
  move: noteFunctions["move"] as TestFunction,
  remove: noteFunctions["remove"] as TestFunction,
  join: noteFunctions["join"] as TestFunction,
  leave: noteFunctions["leave"] as TestFunction,
  write: {
    kind: "mutation",
    run: ({ args, patch }) => {
      patch("notes", field(args, "id"), { body: field(args, "body") });
      return null;
    },
  },
  granted: {
    kind: "scope",
    run: ({ read, identity }) => {
      const names = new Set(read(membershipsOf(identity?.subject ?? "")).map((member) => textOf(member, "room")));
      return [...names].flatMap((name) => grants[name] ?? []);
    },
  },
};

interface Copy {
  readonly stamp: number;
  readonly document: Document;
}

/** What a device has of one range, by itself: what the protocol says of it. */
interface HeldCopy {
  readonly spec: RangeSpec;
  readonly json: Json;
  edge: string | null;
  readonly rows: Map<string, Copy>;
}

/** A device that keeps each of its ranges apart. */
class Ranges {
  cursor: HelloCursor | undefined;
  #server: { readonly server: string; readonly epoch: string } | undefined;
  #byNumber = new Map<number, HeldCopy>();
  #before = new Map<string, HeldCopy>();
  #parts: Poke[] = [];

  get all(): readonly HeldCopy[] {
    return [...this.#byNumber.values()];
  }

  connect(): object {
    if (this.#byNumber.size > 0) this.#before = new Map(this.all.map((one) => [rangeTag(one.json), one]));
    this.#byNumber = new Map();
    this.#parts = [];
    // What was lost since the cursor may be granted again by now: this device has nothing of it then, and begins anew.
    const { cursor } = this;
    const isHeld = cursor?.ranges.every(([tag]) => this.#before.has(tag)) === true;
    if (!isHeld) this.#before = new Map();
    return { ...this.#server, ...(isHeld && { cursor }) };
  }

  receive(message: Incoming): void {
    if (message.type === "welcome") this.#server = { server: message.server, epoch: message.epoch };
    if (message.type === "cursor") {
      const ranges = this.all.map(({ json, edge }) => [rangeTag(json), edge] as const);
      this.cursor = { seal: message.seal, version: message.version, ranges };
    }
    if (message.type !== "poke") return;
    this.#parts.push(message);
    if (message.header.more === true) return;
    const parts = this.#parts;
    this.#parts = [];
    this.#take(parts);
  }

  #keep(without: readonly number[]): void {
    for (const [place, [tag, edge]] of (this.cursor?.ranges ?? []).entries()) {
      const range = this.#before.get(tag);
      if (range === undefined) throw new Error("what a hello offers is held");
      if (!without.includes(place)) this.#byNumber.set(rangeNumber(tag), { ...range, edge, rows: new Map(range.rows) });
    }
  }

  #take(parts: readonly Poke[]): void {
    const listed = new Map<number, Map<string, Copy>>();
    const since = parts.find(({ header }) => header.since !== undefined)?.header.since ?? 0;
    for (const { header } of parts) {
      for (const number of header.drop ?? []) this.#byNumber.delete(number);
      if (header.since !== undefined) this.#keep(header.without ?? []);
      for (const [number, json, edge] of header.grant ?? [])
        this.#byNumber.set(number, { spec: rangeSpecFromJson(json), json, edge, rows: new Map() });
      for (const [number, edge] of header.edges ?? []) {
        const range = this.#byNumber.get(number);
        if (range) range.edge = edge;
      }
    }
    for (const [number, rows, gone] of parts.flatMap(({ chunks }) => chunks)) {
      const range = this.#byNumber.get(number);
      if (range === undefined) throw new Error(`range ${number} is not held`);
      const inside = listed.get(number) ?? new Map<string, Copy>();
      listed.set(number, inside);
      for (const id of gone) range.rows.delete(id);
      for (const [stamp, json] of rows) {
        const document = parseValue(JSON.stringify(json)) as Document;
        inside.set(document._id, { stamp, document });
      }
    }
    for (const { header } of parts) {
      for (const [number, prints] of header.still ?? []) {
        const still = new Set(readPrints(prints));
        const rows = this.#byNumber.get(number)?.rows;
        for (const [id, { stamp: version }] of rows ?? [])
          if (!still.has(printOfRow({ id, version }))) rows?.delete(id);
      }
    }
    if (since > 0)
      for (const { rows } of this.all) for (const [id, { stamp }] of rows) if (stamp > since) rows.delete(id);
    // Below the edge at which a window stands now.
    for (const { rows, spec, edge } of this.all) {
      const { index } = spec;
      const table = tableOf(testSchema, spec.table);
      const position = table.indexes.findIndex(({ name }) => name === index);
      for (const [id, { document }] of rows)
        if (edge !== null && (documentKeys(table, document)[position] ?? "") < edge) rows.delete(id);
    }
    for (const [number, rows] of listed) for (const [id, row] of rows) this.#byNumber.get(number)?.rows.set(id, row);
  }
}

class Reader {
  readonly ranges = new Ranges();
  readonly device = newDevice();
  userId = "";
  client: TestClient | undefined;
  /** Everything that ever came over its sockets. */
  wire = "";
  #taken = 0;

  async connect(deployment: TestDeployment): Promise<void> {
    this.cut();
    if (this.userId === "") {
      const connected = await connectDevice(deployment, this.device, this.ranges.connect());
      this.client = connected.client;
      this.userId = connected.userId;
    } else {
      const client = deployment.connect();
      client.send(helloOf(this.device, this.ranges.connect()));
      await until(() => client.messages.length > 0);
      this.client = client;
    }
    this.#taken = 0;
    this.read();
  }

  cut(): void {
    this.read();
    this.client?.disconnect();
    this.client = undefined;
  }

  read(): void {
    const messages = this.client?.messages ?? [];
    for (const message of messages.slice(this.#taken)) {
      this.ranges.receive(message);
      this.wire += JSON.stringify(message);
    }
    this.#taken = messages.length;
  }
}

/** What is not as it is to be, of a device at rest. */
function findProblems({ engine }: TestDeployment, { ranges, wire }: Reader): unknown[] {
  const problems: unknown[] = [];
  const snapshot = engine.openSnapshot();
  for (const { spec, edge, rows } of ranges.all) {
    const keys: KeyRange = keyRangeOf(testSchema, spec);
    const inside = snapshot.read(edge === null ? keys : { ...keys, lower: edge }, "asc", 1_000).documents;
    const expected = inside.map(({ version, text }) =>
      JSON.stringify([projected(parseValue(text) as Document, spec), version]),
    );
    const found = [...rows.values()].map(({ stamp, document }) => JSON.stringify([document, stamp]));
    if (found.toSorted().join() !== expected.toSorted().join()) problems.push([rangeSpecId(spec), found, expected]);
    const digest = [...rows].reduce((sum, [id, { stamp }]) => digestWith(sum, id, stamp), emptyDigest);
    const proof = spec.newest === undefined && spec.lower === undefined ? snapshot.digest(keys) : undefined;
    if (proof && (proof.count !== digest.count || proof.digest !== digestText(digest)))
      problems.push([rangeSpecId(spec), "digest", proof]);
  }
  if (wire.includes("outside")) problems.push("what lies outside of the projections was sent");
  snapshot.close();
  return problems;
}

function projected(document: Document, { only }: RangeSpec): object {
  const fields = only === undefined ? ["room", "rank", "body"] : only === "place" ? ["room", "rank"] : ["room"];
  const inside = ["_creationTime", "_id", ...fields].toSorted();
  return Object.fromEntries(inside.map((name) => [name, document[name]]));
}

type Step =
  | { readonly kind: "put" | "move" | "remove" | "write"; readonly at: number; readonly room: number }
  | { readonly kind: "join" | "leave"; readonly device: number; readonly grant: number }
  | { readonly kind: "cut" | "reconnect" | "stall" | "drain"; readonly device: number }
  | { readonly kind: "hold" | "release" | "settle" | "wait" };

const rooms = ["den", "attic", "cellar"];
const device = fc.nat(1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("put", "put", "move", "remove", "write", "write"),
      at: fc.nat(30),
      room: fc.nat(2),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("join", "leave"), device, grant: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("cut", "reconnect", "stall", "drain"), device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("hold", "release", "settle", "wait") }) },
);

class Scenario {
  readonly #deployment: TestDeployment;
  readonly #author: TestClient;
  /** The second is never granted whole documents: no body may ever come to it. */
  readonly readers = [new Reader(), new Reader()];
  #n = 0;

  constructor(deployment: TestDeployment, author: TestClient) {
    this.#deployment = deployment;
    this.#author = author;
  }

  async take(one: Step): Promise<void> {
    const { pool, clock } = this.#deployment;
    switch (one.kind) {
      case "put":
        return this.#call("put", { room: rooms[one.room] ?? "", rank: one.at % 10, body: "outside" });
      case "move":
      case "remove":
      case "write": {
        const notes = this.#author.outcomes.flatMap(([, , id]) => (isIdOf("notes", id) ? [id] : []));
        const id = notes[one.at % Math.max(1, notes.length)];
        if (id === undefined) return;
        return this.#call(one.kind, { id, room: rooms[one.room] ?? "", rank: one.at % 10, body: `outside ${this.#n}` });
      }
      case "join":
      case "leave": {
        const names = Object.keys(grants).slice(one.device);
        const room = names[one.grant % names.length] ?? "";
        return this.#call(one.kind, { user: this.#reader(one.device).userId, room });
      }
      case "cut":
        return this.#reader(one.device).cut();
      case "reconnect":
        return this.#reader(one.device).connect(this.#deployment);
      case "stall": {
        const { client } = this.#reader(one.device);
        if (client) client.bufferedBytes = 10_000_000;
        return;
      }
      case "drain":
        return this.#reader(one.device).client?.drain();
      case "hold":
        return pool.hold("granted");
      case "release":
        return pool.release("granted");
      case "settle":
        return settle();
      case "wait":
        clock.advance(2_000);
        return settle();
    }
  }

  async rest(): Promise<readonly unknown[]> {
    this.#deployment.pool.release("granted");
    await settle();
    for (const reader of this.readers) {
      reader.client?.drain();
      if (reader.client === undefined) await reader.connect(this.#deployment);
    }
    await settle();
    for (const reader of this.readers) reader.read();
    const [first, second] = this.readers;
    // Bodies may have come to the first, with whole documents.
    if (first) first.wire = "";
    return [first, second].flatMap((reader) => (reader ? findProblems(this.#deployment, reader) : []));
  }

  #reader(number: number): Reader {
    const reader = this.readers[number];
    if (!reader) throw new Error("there are two readers");
    return reader;
  }

  #call(name: string, args: Readonly<Record<string, string | number>>): void {
    this.#n++;
    this.#author.send({ type: "push", mutations: [mutation(this.#n, name, args)] });
  }
}

test("[SY60] [SY61] [SY62] whatever happens, devices have of each range what its projection shows, with its stamps, and are sent nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50, size: "max" }), async (steps) => {
      const limits = { changesMax: 6, partBytes: 300, sliceMs: 0 };
      const deployment = await openTestDeployment(functions, { limits });
      const { client } = await connectDevice(deployment);
      const scenario = new Scenario(deployment, client);
      for (const reader of scenario.readers) await reader.connect(deployment);
      for (const one of steps) await scenario.take(one);
      await settle();
      const problems = await scenario.rest();
      await deployment.close();
      expect(problems).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

async function openWith(names: readonly string[]): Promise<{
  readonly deployment: TestDeployment;
  readonly author: TestClient;
  readonly client: TestClient;
  readonly call: (name: string, args: Readonly<Record<string, string | number>>) => Promise<string>;
}> {
  const deployment = await openTestDeployment(functions);
  const { client: author } = await connectDevice(deployment);
  const { client, userId } = await connectDevice(deployment);
  let n = 0;
  const call = async (name: string, args: Readonly<Record<string, string | number>>): Promise<string> => {
    author.send({ type: "push", mutations: [mutation(++n, name, args)] });
    await until(() => author.outcomes.length === n);
    await settle();
    return lastValue(author);
  };
  for (const room of names) await call("join", { user: userId, room });
  client.take();
  return { deployment, author, client, call };
}

test("[SY61] a write that a projection does not show sends nothing to a range in it", async () => {
  const { deployment, client, call } = await openWith(["places of the den"]);
  const id = await call("put", { room: "den", rank: 1, body: "outside" });
  const first = client.takePokes();
  expect(first.flatMap(({ chunks }) => chunks)).toMatchObject([
    [expect.any(Number), [[expect.any(Number), { rank: 1 }]], []],
  ]);
  await call("write", { id, body: "outside, too" });
  expect(client.take()).toEqual([]);
  await call("move", { id, room: "den", rank: 2 });
  expect(client.takePokes()).toHaveLength(1);
  expect(client.raw.join("")).not.toContain("outside");
  await deployment.close();
});

test("[SY60] a range and the same in a projection are two, and of each a change is encoded once", async () => {
  const { deployment, client, call } = await openWith(["whole den", "places of the den"]);
  await call("put", { room: "den", rank: 1, body: "seen" });
  const [poke] = client.takePokes();
  expect(poke?.chunks.map(([, rows]) => rows.map(([, json]) => Object.keys(json as object).length))).toEqual([
    [5],
    [4],
  ]);
  expect(deployment.sync.counts().ranges).toBe(2);
  await deployment.close();
});
