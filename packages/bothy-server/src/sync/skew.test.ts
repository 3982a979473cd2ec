import { defineSchema, defineTable, rangeTag, schemaHash, v } from "bothy/internal";
import type { Json, Schema } from "bothy/internal";
import { expect, test } from "vitest";
import { createMemoryDisk } from "../base/index.ts";
import type { MemoryDisk } from "../base/index.ts";
import { readCensus } from "../skew/index.ts";
import type { TestFunction } from "./test-functions.ts";
import { field } from "./test-notes.ts";
import { connectDevice, mutation, newDevice, openTestDeployment, settle, until } from "./test-deployment.ts";
import type { TestClient, TestDeployment, TestDevice } from "./test-deployment.ts";

const dayMs = 86_400_000;

const first: Schema = defineSchema({
  notes: defineTable({
    room: v.string(),
    rank: v.number(),
    note: v.string(),
    state: v.union(v.literal("open"), v.literal("closed")),
  })
    .index("by_room", ["room", "rank"])
    .index("by_note", ["note"]),
});
/** A field has another name, one has gone, one is new, and an index too; one has other values. */
const second: Schema = defineSchema({
  notes: defineTable({
    room: v.string(),
    rank: v.number(),
    remarks: v.string(),
    author: v.string(),
    state: v.union(v.literal("filed"), v.literal("closed")),
  })
    .index("by_room", ["room", "rank"])
    .index("by_author", ["author"])
    .index("by_remarks", ["remarks"])
    .lens({
      renamed: { note: "remarks" },
      defaults: { author: "nobody" },
      values: { state: { up: { open: "filed" } } },
    }),
  labels: defineTable({ text: v.string() }),
});
/** Nothing says what stands for the rank. */
const stranger: Schema = defineSchema({ notes: defineTable({ title: v.number() }) });

const ranges = [
  { table: "notes", index: "by_room", prefix: ["a"] },
  { table: "notes", index: "by_author", prefix: ["ada"] },
  { table: "notes", index: "by_remarks", prefix: ["x"] },
];
const oldRanges = [
  { table: "notes", index: "by_room", prefix: ["a"] },
  { table: "notes", index: "by_note", prefix: ["x"] },
];

const functions: Readonly<Record<string, TestFunction>> = {
  all: { kind: "scope", run: ({ read }) => (read({ table: "notes", index: "by_id", prefix: [] }), ranges) },
  put: {
    kind: "mutation",
    version: "2",
    takes: ["1"],
    run: ({ args, insert }) =>
      insert("notes", { room: "a", rank: Number(field(args, "rank")), remarks: "x", author: "ada", state: "filed" }),
  },
};
const oldFunctions: Readonly<Record<string, TestFunction>> = { all: { kind: "scope", run: () => oldRanges } };

const hashOf = schemaHash;

/** A deployment of the second app, on which the first has run before. */
async function upgraded(disk: MemoryDisk = createMemoryDisk(), schema = second): Promise<TestDeployment> {
  const before = await openTestDeployment(oldFunctions, { disk, schema: first });
  await before.close();
  return openTestDeployment(functions, { disk, schema, seed: 2 });
}

const put = (n: number, more = {}) => mutation(n, "put", { rank: n }, { version: "1", ...more });

function grantsOf(client: TestClient): readonly Json[] {
  return client.pokes.flatMap(({ header }) => header.grant ?? []).map(([, spec]) => spec);
}

function documentsOf(client: TestClient): readonly Json[] {
  return client.pokes.flatMap(({ chunks }) => chunks.flatMap(([, rows]) => rows.map(([, document]) => document)));
}

function old(deployment: TestDeployment, device: TestDevice = newDevice(), more = {}) {
  return connectDevice(deployment, device, { schema: hashOf(first), ...more });
}

test("[SK2] [SK7] [SK8] [P13] a device of the schema before is served in its own terms: fields, values, ranges and indexes", async () => {
  const deployment = await upgraded();
  const { client } = await old(deployment);
  expect(client.error).toBeUndefined();
  // It has no index by author, and knows the field by another name.
  expect(grantsOf(client)).toEqual([
    { table: "notes", index: "by_room", prefix: ["a"] },
    { table: "notes", index: "by_note", prefix: ["x"] },
  ]);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  expect(client.outcomes[0]?.slice(0, 2)).toEqual([1, "applied"]);
  expect(documentsOf(client)).toEqual(
    Array.from({ length: 2 }, () => ({
      _id: expect.any(String),
      _creationTime: expect.any(Number),
      room: "a",
      rank: 1,
      note: "x",
      state: "open",
    })),
  );
  await deployment.close();
});

test("[SK7] what changes is made once in each form, and devices of one form are sent the same bytes", async () => {
  const deployment = await upgraded();
  const watchers = [await old(deployment), await old(deployment)];
  const current = await connectDevice(deployment, newDevice(), { schema: hashOf(second) });
  const author = await connectDevice(deployment, newDevice(), { schema: hashOf(second) });
  const before = watchers.map(({ client }) => client.raw.length);
  author.client.send({ type: "push", mutations: [put(1)] });
  await until(() => watchers.every(({ client }, at) => client.raw.length > (before[at] ?? 0)));
  const [one, other] = watchers.map(({ client }, at) => client.raw[before[at] ?? 0]);
  expect(one).toBe(other);
  expect(documentsOf(current.client).at(-1)).toMatchObject({ remarks: "x", author: "ada", state: "filed" });
  await deployment.close();
});

test("[SK9] the cursor of a device of another schema is good for its own tags, and tells it only what changed", async () => {
  const deployment = await upgraded();
  const { client, device } = await old(deployment);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  deployment.clock.advance(3_000);
  await settle();
  const cursor = client.messages.findLast((message) => message.type === "cursor");
  client.disconnect();
  const { engine } = deployment;
  const held = oldRanges.map((spec) => [rangeTag(spec), null] as const);
  const more = {
    server: engine.serverId,
    epoch: engine.epoch,
    acked: 1,
    cursor: { seal: cursor?.seal ?? "", version: cursor?.version ?? 0, ranges: held },
  };
  const again = await old(deployment, device, more);
  const [answer] = again.client.pokes;
  expect(answer?.header).toMatchObject({ since: cursor?.version });
  expect([answer?.header.without ?? [], grantsOf(again.client)]).toEqual([[], []]);
  expect(documentsOf(again.client)).toEqual([]);
  await deployment.close();
});

test("[SK2] a schema is served for as long as it is supported, and then no more; nothing of the device is lost", async () => {
  const deployment = await upgraded();
  deployment.clock.advance(90 * dayMs);
  const { client, device } = await old(deployment);
  expect(client.error).toBeUndefined();
  client.disconnect();
  deployment.clock.advance(1);
  const late = await old(deployment, device);
  expect([late.client.error, late.client.closed?.code]).toEqual(["schema_mismatch", 4002]);
  // Its app is updated, and what it had queued is taken.
  const updated = await connectDevice(deployment, device, { schema: hashOf(second) });
  updated.client.send({ type: "push", mutations: [put(1)] });
  await until(() => updated.client.outcomes.length === 1);
  expect(updated.client.outcomes[0]?.[1]).toBe("applied");
  await deployment.close();
});

test("[SK2] a device is refused where nothing says how its fields are filled, and still counts", async () => {
  const disk = createMemoryDisk();
  const before = await openTestDeployment(oldFunctions, { disk, schema: first });
  const { device } = await old(before);
  await before.close();
  const deployment = await openTestDeployment({}, { disk, schema: stranger, seed: 2 });
  const { client } = await old(deployment, device, { queued: { count: 3, calls: [["put", "1", 3]] } });
  expect(client.error).toBe("schema_mismatch");
  deployment.clock.advance(10_000);
  expect(readCensus(deployment.engine)).toMatchObject([{ schema: hashOf(first), queued: 3 }]);
  await deployment.close();
});

test("[SK10] arguments of another version are tried, and parked if they are not taken", async () => {
  const deployment = await upgraded();
  const { client } = await old(deployment);
  client.send({ type: "push", mutations: [put(1), put(2, { version: "0" }), put(3, { version: "2" })] });
  await until(() => client.outcomes.length === 3);
  expect(client.outcomes.map(([n, kind]) => [n, kind])).toEqual([
    [1, "applied"],
    [2, "parked"],
    [3, "applied"],
  ]);
  await deployment.close();
});

test("[SK11] a device whose schema was never in force is welcomed, told that it is ahead, and sent nothing until it is", async () => {
  const disk = createMemoryDisk();
  const deployment = await openTestDeployment(oldFunctions, { disk, schema: first });
  const { client, device } = await waiting(deployment, second);
  expect(client.messages.map(({ type }) => type)).toEqual(["welcome"]);
  expect(client.messages[0]).toMatchObject({ behind: true });
  client.send({ type: "push", mutations: [put(1)] });
  await settle();
  expect([client.messages.length, client.closed]).toEqual([1, undefined]);
  // Its socket is kept alive, and ends when something else is in force.
  deployment.clock.advance(20_000);
  expect(client.messages.at(-1)?.type).toBe("ping");
  deployment.sync.takeSchema();
  expect(client.error).toBe("shutting_down");
  await deployment.close();
  const next = await openTestDeployment(functions, { disk, schema: second, seed: 2 });
  const caughtUp = await connectDevice(next, device, { schema: hashOf(second) });
  caughtUp.client.send({ type: "push", mutations: [put(1)] });
  await until(() => caughtUp.client.outcomes.length === 1);
  expect(caughtUp.client.outcomes[0]?.[1]).toBe("applied");
  await next.close();
});

test("[SK2] [P13] after a roll-back, devices of the newer schema are served in its terms", async () => {
  const disk = createMemoryDisk();
  await (await upgraded(disk)).close();
  const deployment = await openTestDeployment(oldFunctions, { disk, schema: first, seed: 3 });
  const { client } = await connectDevice(deployment, newDevice(), { schema: hashOf(second) });
  expect(grantsOf(client)).toEqual([
    { table: "notes", index: "by_room", prefix: ["a"] },
    { table: "notes", index: "by_remarks", prefix: ["x"] },
  ]);
  await deployment.close();
});

async function waiting(deployment: TestDeployment, schema: Schema) {
  const client = deployment.connect();
  const device = newDevice();
  const { id, key } = device;
  const chain = "0".repeat(32);
  client.send({
    type: "hello",
    protocol: 1,
    schema: hashOf(schema),
    device: { id, key, fence: 0, start: 0, startChain: chain },
    acked: 0,
    chain,
  });
  await until(() => client.messages.length > 0);
  await settle();
  return { client, device };
}

test("[SK13] what a device runs and has queued is written soon, with others, and again only when it is news", async () => {
  const deployment = await upgraded();
  const { engine, clock } = deployment;
  const queued = { count: 2, calls: [["put", "1", 2]] as const };
  const { client, device } = await old(deployment, newDevice(), { queued });
  expect(readCensus(engine)).toEqual([]);
  clock.advance(5_000);
  expect(readCensus(engine)).toMatchObject([
    { schema: hashOf(first), queued: 2, calls: [{ name: "put", version: "1", count: 2 }], seenMs: expect.any(Number) },
  ]);
  // It has sent all of it by the time it goes.
  client.send({ type: "push", mutations: [put(1), put(2)] });
  await until(() => client.outcomes.length === 2);
  client.disconnect();
  clock.advance(5_000);
  expect(readCensus(engine)).toMatchObject([{ queued: 0, calls: [] }]);
  await settle();
  const { version } = engine;
  const again = await old(deployment, device, { acked: 2 });
  again.client.disconnect();
  clock.advance(5_000);
  expect(engine.version).toBe(version);
  clock.advance(3_600_000);
  await old(deployment, device, { acked: 2 });
  clock.advance(5_000);
  expect(engine.version).toBe(version + 1);
  await deployment.close();
});

test("[SK13] a device that stayed connected for long was in contact until its socket ended", async () => {
  const deployment = await upgraded();
  const { engine, clock, sync } = deployment;
  await old(deployment);
  clock.advance(5_000);
  const seenMs = readCensus(engine)[0]?.seenMs ?? 0;
  // A server that is suspended for a while, so that nobody looks for signs of life.
  const now = clock.nowMs();
  Object.assign(clock, { nowMs: () => now + 100 * dayMs });
  sync.takeSchema();
  clock.advance(5_000);
  expect(readCensus(engine)[0]?.seenMs).toBeGreaterThanOrEqual(seenMs + 99 * dayMs);
  await deployment.close();
});

test("[SK13] what is waiting to be written is written when the server stops, and text that can't be stored is left out", async () => {
  const disk = createMemoryDisk();
  const before = await openTestDeployment(oldFunctions, { disk, schema: first });
  await old(before, newDevice(), {
    queued: {
      count: 2,
      calls: [
        ["\ud800", "1", 1],
        ["put", "1", 1],
      ],
    },
  });
  await before.close();
  const deployment = await openTestDeployment(oldFunctions, { disk, schema: first, seed: 2 });
  expect(readCensus(deployment.engine)).toMatchObject([{ queued: 2, calls: [{ name: "put" }] }]);
  await deployment.close();
});
