import {
  defineSchema,
  defineTable,
  documentKeys,
  isIdOf,
  keyRangeOf,
  parseValue,
  schemaHash,
  tableOf,
  v,
} from "bothy/internal";
import type { Document, Hello, RangeSpec, Schema } from "bothy/internal";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  connectDevice,
  helloOf,
  mutation,
  newDevice,
  openTestDeployment,
  settle,
  testSchema,
  until,
} from "./test-deployment.ts";
import type { TestClient, TestDeployment } from "./test-deployment.ts";
import { createMemoryDisk } from "../base/index.ts";
import type { SyncLimits } from "./limits.ts";
import { DeviceModel } from "../testing/index.ts";
import { noteFunctions, rangesOfUser, windowedFunctions } from "./test-notes.ts";

/** One thing that happens; numbers choose among what there is. */
type Step =
  | { readonly kind: "put" | "move" | "remove"; readonly note: number; readonly room: number; readonly rank: number }
  | { readonly kind: "join" | "leave"; readonly device: number; readonly room: number }
  | { readonly kind: "cut" | "reconnect" | "stall" | "drain"; readonly device: number }
  | { readonly kind: "hold" | "release" | "settle" | "wait" };

const rooms = ["lobby", "den", "attic"];
const deviceCount = 3;

const device = fc.nat(deviceCount - 1);
const room = fc.nat(rooms.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom("put", "move", "remove"), note: fc.nat(30), room, rank: fc.nat(9) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("join", "leave"), device, room }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("cut", "reconnect", "stall", "drain"), device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("hold", "release", "settle", "wait") }) },
);

interface Ends {
  readonly held: readonly Content[];
  readonly expected: readonly Content[];
  /** Rules of the protocol that were broken on the way. */
  readonly problems: readonly string[];
}

/** The app that the devices run: its schema, the name that they give it, and how it has a document. */
interface App {
  readonly schema: Schema;
  readonly hash: string;
  tell(table: string, document: Document): unknown;
}

const ownApp: App = { schema: testSchema, hash: "schema", tell: (_table, document) => document };

const members = defineTable({ user: v.string(), room: v.string() }).index("by_user", ["user"]);
/** What the deployment ran before: other names, and a field that has gone. */
const olderSchema = defineSchema({
  notes: defineTable({ place: v.string(), rank: v.number(), text: v.string(), mood: v.string() }).index("by_room", [
    "place",
    "rank",
  ]),
  members,
});
const newerSchema = defineSchema({
  notes: defineTable({ room: v.string(), rank: v.number(), body: v.string() })
    .index("by_room", ["room", "rank"])
    .lens({ renamed: { place: "room", text: "body" }, defaults: { mood: "calm" } }),
  members,
});
const olderApp: App = {
  schema: olderSchema,
  hash: schemaHash(olderSchema),
  tell: (table, { room, body, ...rest }) =>
    table === "notes" ? { ...rest, place: room, text: body, mood: "calm" } : { ...rest, room },
};

/** Documents by id. */
type Content = Readonly<Record<string, unknown>>;

class Scenario {
  readonly #deployment: TestDeployment;
  readonly #author: TestClient;
  readonly #readers: readonly Reader[];
  readonly #notes: string[] = [];
  #n = 0;

  constructor(deployment: TestDeployment, author: TestClient, app: App) {
    this.#deployment = deployment;
    this.#author = author;
    this.#readers = Array.from({ length: deviceCount }, () => new Reader(app));
  }

  async begin(): Promise<void> {
    for (const reader of this.#readers) await reader.connect(this.#deployment);
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case "put":
        return this.#write("put", { room: rooms[one.room] ?? "", rank: one.rank, body: `note ${this.#n}` });
      case "move":
      case "remove": {
        const id = this.#notes[one.note % Math.max(1, this.#notes.length)];
        if (id !== undefined) this.#write(one.kind, { id, room: rooms[one.room] ?? "", rank: one.rank });
        return;
      }
      case "join":
      case "leave":
        return this.#write(one.kind, { user: this.#reader(one.device).userId, room: rooms[one.room] ?? "" });
      case "cut":
        return this.#reader(one.device).cut();
      case "reconnect":
        return this.#reader(one.device).connect(this.#deployment);
      case "stall":
        return this.#reader(one.device).stall();
      case "drain":
        return this.#reader(one.device).drain();
      case "hold":
        return this.#deployment.pool.hold("rooms");
      case "release":
        return this.#deployment.pool.release("rooms");
      case "settle":
        return settle();
      case "wait":
        this.#deployment.clock.advance(2_000);
        return settle();
    }
  }

  /** Faults stop, everything comes to rest; then what every device has is what it is to have. */
  async rest(): Promise<Ends> {
    this.#deployment.pool.release("rooms");
    await settle();
    for (const reader of this.#readers) {
      reader.drain();
      if (!reader.isConnected) await reader.connect(this.#deployment);
    }
    await settle();
    for (const reader of this.#readers) reader.read();
    const expected = this.#readers.map((reader) => contentFor(this.#deployment, reader));
    return {
      held: this.#readers.map((reader) => reader.content()),
      expected: expected.map(({ content }) => content),
      problems: [
        ...this.#readers.flatMap(({ model }) => model.problems),
        ...expected.flatMap(({ problems }) => problems),
      ],
    };
  }

  #reader(number: number): Reader {
    const reader = this.#readers[number];
    if (!reader) throw new Error("there are as many readers as devices");
    return reader;
  }

  #write(name: string, args: Record<string, string | number>): void {
    this.#n++;
    const { outcomes } = this.#author;
    this.#notes.push(...outcomes.slice(this.#notesSeen).flatMap(([, , id]) => (isIdOf("notes", id) ? [id] : [])));
    this.#notesSeen = outcomes.length;
    this.#author.send({ type: "push", mutations: [mutation(this.#n, name, args)] });
  }

  #notesSeen = 0;
}

class Reader {
  readonly app: App;
  readonly model: DeviceModel;
  readonly device = newDevice();
  userId = "";
  #client: TestClient | undefined;
  #taken = 0;

  constructor(app: App) {
    this.app = app;
    this.model = new DeviceModel(app.schema);
  }

  get isConnected(): boolean {
    return this.#client !== undefined;
  }

  async connect(deployment: TestDeployment): Promise<void> {
    this.cut();
    if (this.userId === "") {
      const connected = await connectDevice(deployment, this.device, this.#hello());
      this.#client = connected.client;
      this.userId = connected.userId;
    } else {
      // A scope may be held: the first poke is not waited for.
      const client = deployment.connect();
      client.send(helloOf(this.device, this.#hello()));
      await until(() => client.messages.length > 0);
      this.#client = client;
    }
    this.#taken = 0;
    this.read();
  }

  #hello(): Partial<Hello> {
    return { ...this.model.connect(), schema: this.app.hash };
  }

  cut(): void {
    this.read();
    this.#client?.disconnect();
    this.#client = undefined;
  }

  stall(): void {
    if (this.#client) this.#client.bufferedBytes = 10_000_000;
  }

  drain(): void {
    this.#client?.drain();
  }

  read(): void {
    const messages = this.#client?.messages ?? [];
    for (const message of messages.slice(this.#taken)) this.model.receive(message);
    this.#taken = messages.length;
  }

  content(): Content {
    return Object.fromEntries([...this.model.rows].map(([id, { document }]) => [id, document]));
  }
}

/** What a user is to hold, read from the engine; windows from where the device says they begin, within what SY11 allows. */
function contentFor(
  deployment: TestDeployment,
  { app, model, userId }: Reader,
): { readonly content: Content; readonly problems: readonly string[] } {
  const content: Record<string, unknown> = {};
  const problems: string[] = [];
  const isWindowed = deployment.pool.functions.has("windowed");
  for (const spec of rangesOfUser((range) => readAll(deployment, range), userId, isWindowed)) {
    const rows = readAll(deployment, spec);
    const held = model.ranges.find(({ spec: json }) => JSON.stringify(json) === JSON.stringify(jsonOf(spec)));
    if (!held) throw new Error(`${JSON.stringify(spec)} is not held`);
    const table = tableOf(testSchema, spec.table);
    const position = table.indexes.findIndex(({ name }) => name === spec.index);
    const inside = rows.filter((row) => (documentKeys(table, row)[position] ?? "") >= held.keys.lower);
    const { newest } = spec;
    if (newest !== undefined && (inside.length < Math.min(rows.length, newest) || inside.length > 2 * newest)) {
      problems.push(`a window of ${newest} holds ${inside.length} of ${rows.length} rows`);
    }
    for (const row of inside) content[row._id] = app.tell(spec.table, row);
  }
  return { content, problems };
}

function jsonOf({ table, index, prefix, newest }: RangeSpec): unknown {
  return { table, index, prefix, ...(newest === undefined ? {} : { newest }) };
}

function readAll({ engine }: TestDeployment, spec: RangeSpec): readonly Document[] {
  const { newest: _, ...all } = spec;
  return engine
    .read(keyRangeOf(testSchema, all), "asc", 100_000)
    .documents.map(({ text }) => parseValue(text) as Document);
}

async function runSteps(steps: readonly Step[], functions: typeof noteFunctions, app = ownApp): Promise<Ends> {
  const limits = { changesMax: 6, partBytes: 300, sliceMs: 0 };
  const deployment =
    app === ownApp ? await openTestDeployment(functions, { limits }) : await upgraded(functions, limits);
  const schema = deployment.skew.schemaHash;
  const { client } = await connectDevice(deployment, newDevice(), { schema });
  const scenario = new Scenario(deployment, client, app);
  await scenario.begin();
  for (const one of steps) await scenario.take(one);
  await settle();
  const ends = await scenario.rest();
  await deployment.close();
  return ends;
}

/** A deployment that ran the older app before. */
async function upgraded(functions: typeof noteFunctions, limits: Partial<SyncLimits>): Promise<TestDeployment> {
  const disk = createMemoryDisk();
  await (await openTestDeployment({}, { disk, schema: olderSchema })).close();
  return openTestDeployment(functions, { disk, schema: newerSchema, limits, seed: 2 });
}

test("[SY6, SY7, SY8, SY9, SY10, SY12] whatever happens, devices end up with exactly what their scopes say, and are never told more", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { held, expected, problems } = await runSteps(steps, noteFunctions);
      expect([held, problems]).toEqual([expected, []]);
    }),
    { numRuns: 60 },
  );
});

test("[SY11] the same with windows, whose edge moves", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { held, expected, problems } = await runSteps(steps, windowedFunctions);
      expect([held, problems]).toEqual([expected, []]);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["ranges", noteFunctions],
  ["windows", windowedFunctions],
])(
  "[SK7] [SK8] [SK9] devices of an older schema end up with the same in their own terms, in %s",
  async (_what, functions) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { held, expected, problems } = await runSteps(steps, functions, olderApp);
        expect([held, problems]).toEqual([expected, []]);
      }),
      { numRuns: 40 },
    );
  },
);
