import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryRealm, type SocketPort } from "../base/index.ts";
import {
  parseServerMessage,
  protocolVersion,
  rangeNumber,
  rangeTag,
  type Grant,
  type HelloCursor,
  type Json,
  type Poke,
  type PokeHeader,
} from "../protocol/index.ts";
import type { HeldRanges, Row } from "../ranges/index.ts";
import { documentKeys, keyRangeOf, rangeSpecFromJson, schemaHash, tableOf, type RangeSpec } from "../schema/index.ts";
import { makeId } from "../values/index.ts";
import {
  applyEffect,
  createBase,
  createHolding,
  rangesAfter,
  type BaseState,
  type Effect,
  type Holding,
} from "./base-state.ts";
import { packEffect, unpackEffect } from "./log-text.ts";
import { emptyPoke, grantedRanges, joinParts, noGrants, planPoke, type Grants, type WholePoke } from "./plan-poke.ts";
import { textIn } from "./fixtures/test-rows.ts";
import { schema } from "./fixtures/test-app.ts";
import { TestDeployment } from "./fixtures/test-deployment.ts";

const lists = ["a", "b", "c"];
const key = "0".repeat(64);

/** A device that does nothing but apply its pokes; beside the leader's base, one that only knows the effects. */
class Device {
  base: BaseState = createBase(schema);
  follower: BaseState = createBase(schema);
  cursor: HelloCursor | undefined;
  known: { server: string; epoch: string } | undefined;
  isOutOfStep = false;
  readonly effects: Effect[] = [];
  readonly #id: string;
  readonly #deployment: TestDeployment;
  #grants: Grants = noGrants;
  #parts: Poke[] = [];
  #failed = false;
  #socket: SocketPort | undefined;

  constructor(deployment: TestDeployment, id: number) {
    this.#deployment = deployment;
    this.#id = String(id).padStart(32, "0");
  }

  async connect(): Promise<void> {
    this.#socket?.close();
    this.#grants = { ...noGrants, offered: this.cursor?.ranges ?? [] };
    this.#parts = [];
    this.#failed = false;
    const { realm } = this.#deployment;
    const socket = realm.openTab().openSocket("ws://deployment", {
      opened: () => {
        const device = { id: this.#id, key, fence: 1, start: 0, startChain: "0".repeat(32) };
        const cursor = this.cursor;
        const from = { ...this.known, ...(cursor && { cursor }) };
        const hello = {
          type: "hello",
          protocol: protocolVersion,
          schema: schemaHash(schema),
          device,
          acked: 0,
          chain: "0".repeat(32),
        };
        socket.send(JSON.stringify({ ...hello, ...from }));
      },
      message: (text) => this.#receive(text),
      closed: () => undefined,
    });
    this.#socket = socket;
    await realm.settle();
  }

  #receive(text: string): void {
    const message = parseServerMessage(text);
    if (message.type === "welcome") this.known = { server: message.server, epoch: message.epoch };
    if (message.type === "scope") this.#failed = message.state === "failed";
    if (message.type === "cursor") {
      if (this.#grants.frozen.length > 0 && !this.#failed) this.#apply(emptyPoke(message.version));
      this.cursor = { seal: message.seal, version: message.version, ranges: grantedRanges(this.#grants) };
    }
    if (message.type !== "poke") return;
    this.#parts.push(message);
    if (message.header.more) return;
    const poke = joinParts(this.#parts);
    this.#parts = [];
    this.#apply(poke);
  }

  #apply(poke: WholePoke): void {
    const plan = planPoke(schema, this.base, poke, { grants: this.#grants, hasFailedScope: this.#failed });
    if (!plan) {
      this.isOutOfStep = true;
      this.cursor = undefined;
      return void this.connect();
    }
    this.#grants = plan.grants;
    const applied = applyEffect(schema, this.base, plan.effect);
    this.base = applied.base;
    this.follower = applyEffect(schema, this.follower, applied.effect).base;
    this.effects.push(applied.effect);
  }
}

function noteRow(id: number, list: string, rank: number, version: number): Row {
  const document = {
    _id: makeId("notes", new Uint8Array(16).fill(id)),
    _creationTime: 1,
    list,
    rank,
    text: `${id}.${version}`,
  };
  return { id: document._id, version, keys: documentKeys(tableOf(schema, "notes"), document), document };
}

/** What a device is to have: every row inside the ranges of the scope, and no other. */
function expected(docs: HeldRanges, device: BaseState): Record<string, string> {
  const rows: Record<string, string> = {};
  for (const { range } of device.holdings.values()) {
    for (const row of docs.read(range, "asc", Number.POSITIVE_INFINITY).rows) rows[row.id] = textOf(row);
  }
  return rows;
}

function contents(base: BaseState): Record<string, string> {
  return Object.fromEntries(
    ["notes", "members"].flatMap((table) => base.held.rows(table).map((row) => [row.id, textOf(row)])),
  );
}

function textOf(row: Row): string {
  return `${row.version} ${textIn(row)}`;
}

type Step =
  | { kind: "put"; id: number; list: number; rank: number }
  | { kind: "remove"; id: number }
  | { kind: "scope"; lists: number; newest: number | undefined; lowest: number }
  | { kind: "fail"; isFailing: boolean }
  | { kind: "connect" }
  | { kind: "forget" }
  | { kind: "poke" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("put" as const), id: fc.nat(9), list: fc.nat(2), rank: fc.nat(9) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("remove" as const), id: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("scope" as const),
      lists: fc.nat(7),
      newest: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      lowest: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("fail" as const), isFailing: fc.boolean() }) },
  { weight: 3, arbitrary: fc.constant({ kind: "connect" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "forget" as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: "poke" as const }) },
);

/** Whole lists, windows, and a bounded range over all that overlaps with both. */
function scopeOf({ lists: bits, newest, lowest }: Step & { kind: "scope" }): () => readonly RangeSpec[] {
  const specs = lists.flatMap((list, place): RangeSpec[] =>
    (bits >> place) & 1
      ? [{ table: "notes", index: "by_list", prefix: [list], ...(newest !== undefined && place === 0 && { newest }) }]
      : [],
  );
  const bounded: RangeSpec = {
    table: "notes",
    index: "by_list",
    prefix: ["b"],
    lower: { value: lowest, isInclusive: true },
  };
  return () => (lowest < 5 ? [...specs, bounded] : specs);
}

async function perform(deployment: TestDeployment, device: Device, one: Step): Promise<void> {
  switch (one.kind) {
    case "put":
      return await deployment.write((docs) =>
        docs.put("notes", noteRow(one.id, lists[one.list] ?? "", one.rank, deployment.version)),
      );
    case "remove":
      return await deployment.write((docs) => void docs.remove("notes", noteRow(one.id, "", 0, 0).id));
    case "scope":
      deployment.scope = scopeOf(one);
      return await deployment.write(() => undefined);
    case "fail":
      deployment.isScopeFailing = one.isFailing;
      return;
    case "connect":
      return await device.connect();
    case "forget":
      device.cursor = undefined;
      return;
    case "poke":
      deployment.pokeAll();
      return await deployment.realm.settle();
  }
}

/** The ranges of a base, by tag. */
function heldBy(holdings: Iterable<Holding>): readonly string[] {
  return Array.from(holdings, ({ tag, edge, leaseMs }) => `${tag} ${edge} ${leaseMs}`).toSorted();
}

test("[CL49] of thousands of ranges an effect names those alone that came, went, or have another edge or lease", () => {
  const spec = (at: number): Json => ({ table: "notes", index: "by_list", prefix: [`list ${at}`] });
  const numberOf = (at: number): number => rangeNumber(rangeTag(spec(at)));
  const grant = (at: number): Grant => [numberOf(at), spec(at), null];
  let base = createBase(schema);
  let grants = noGrants;
  const poke = (header: Partial<PokeHeader>): Effect["ranges"] => {
    const whole: WholePoke = { header: { type: "poke", to: 1, ...header }, chunks: [] };
    const plan = planPoke(schema, base, whole, { grants, hasFailedScope: false });
    if (!plan) throw new Error("the device is in step");
    grants = plan.grants;
    base = applyEffect(schema, base, plan.effect).base;
    return plan.effect.ranges;
  };
  expect(poke({ grant: Array.from({ length: 3_000 }, (_, at) => grant(at)) })).toHaveLength(3_000);
  expect(poke({ grant: [grant(3_000)] })).toEqual({ put: [{ spec: spec(3_000), edge: null }], lost: [] });
  expect(poke({ drop: [numberOf(7)] })).toEqual({ put: [], lost: [rangeTag(spec(7))] });
  expect(poke({ leases: [[1_000, [numberOf(8)]]] })).toEqual({
    put: [{ spec: spec(8), edge: null, leaseMs: 1_000 }],
    lost: [],
  });
  // A connection that finds everything as it was.
  grants = { ...noGrants, offered: grantedRanges(grants) };
  expect(poke({ since: 1, leases: [[1_000, [numberOf(8)]]] })).toEqual({ put: [], lost: [] });
  expect(base.holdings.size).toBe(3_000);
});

test("[SY7] [SY8] [SY9] [SY10] [SY11] [CL49] whatever is written, granted, dropped and resumed, a device has exactly the rows of its ranges", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, rowsPerPart) => {
        const deployment = new TestDeployment(createMemoryRealm());
        deployment.rowsPerPart = rowsPerPart;
        deployment.scope = () => [{ table: "notes", index: "by_list", prefix: ["a"] }];
        const device = new Device(deployment, 1);
        await device.connect();
        for (const one of steps) {
          await perform(deployment, device, one);
          if (one.kind !== "poke" && one.kind !== "connect") continue;
          if (!deployment.isScopeFailing) expect(contents(device.base)).toEqual(expected(deployment.docs, device.base));
          expect(contents(device.follower)).toEqual(contents(device.base));
          expect(heldBy(device.follower.holdings.values())).toEqual(heldBy(device.base.holdings.values()));
        }
        deployment.isScopeFailing = false;
        await device.connect();
        expect(contents(device.base)).toEqual(expected(deployment.docs, device.base));
        expect(deployment.faults).toEqual([]);
        const tags = deployment
          .scope("", deployment.docs)
          .map((spec) => keyRangeOf(schema, spec).index + JSON.stringify(spec));
        expect(device.base.holdings.size).toBe(tags.length);
        // What the log keeps, replayed from nothing, is the same.
        let replayed = createBase(schema);
        for (const effect of device.effects)
          replayed = applyEffect(schema, replayed, unpackEffect(packEffect(effect))).base;
        expect(contents(replayed)).toEqual(contents(device.base));
        const heldHere = heldBy(device.base.holdings.values());
        expect(heldBy(replayed.holdings.values())).toEqual(heldHere);
        const named = rangesAfter([], device.effects);
        expect(heldBy(named.map((one) => createHolding(schema, one)))).toEqual(heldHere);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test("[SY13] ranges of a failed scope stay when the device comes back, and are settled once the scope has returned", async () => {
  const deployment = new TestDeployment(createMemoryRealm());
  deployment.scope = () => [{ table: "notes", index: "by_list", prefix: ["a"] }];
  const device = new Device(deployment, 1);
  await deployment.write((docs) => docs.put("notes", noteRow(1, "a", 1, deployment.version)));
  await device.connect();
  deployment.isScopeFailing = true;
  await device.connect();
  expect(Object.values(contents(device.base))).toEqual(["1 1.1"]);
  deployment.isScopeFailing = false;
  deployment.scope = () => [];
  await device.connect();
  expect(contents(device.base)).toEqual({});
});

test("[SY9] a range that the device no longer holds is not taken for kept: it asks for everything whole", async () => {
  const deployment = new TestDeployment(createMemoryRealm());
  const list = (name: string): RangeSpec => ({ table: "notes", index: "by_list", prefix: [name] });
  deployment.scope = () => [list("a"), list("b")];
  const device = new Device(deployment, 1);
  await deployment.write((docs) => docs.put("notes", noteRow(1, "b", 1, deployment.version)));
  await device.connect();
  const { cursor } = device;
  deployment.scope = () => [list("a")];
  await deployment.write(() => undefined);
  deployment.pokeAll();
  await deployment.realm.settle();
  expect(contents(device.base)).toEqual({});
  // The connection ends before the next cursor has come, and meanwhile the range is granted again.
  device.cursor = cursor;
  deployment.scope = () => [list("a"), list("b")];
  await deployment.write(() => undefined);
  await device.connect();
  await deployment.realm.settle();
  expect(device.isOutOfStep).toBe(true);
  expect(Object.values(contents(device.base))).toEqual(["1 1.1"]);
});

test("[SY11] a window is held from its edge upwards", () => {
  const spec = { table: "notes", index: "by_list", prefix: ["a"], newest: 2 };
  const whole = createHolding(schema, { spec, edge: null });
  const row = noteRow(1, "a", 5, 1);
  const cut = createHolding(schema, { spec, edge: row.keys[2] ?? "" });
  expect(whole.range).toEqual(keyRangeOf(schema, rangeSpecFromJson(spec)));
  expect(cut.range).toEqual({ ...whole.range, lower: row.keys[2] });
  expect(cut.tag).toBe(whole.tag);
});
