import { expect, test } from "vitest";
import { chainNext, chainStart, documentKeys, makeId, parsePoke, stringifyValue, tableOf } from "bothy/internal";
import { createMemoryDisk } from "../base/index.ts";
import { connectDevice, mutation, newDevice, nonceOf, openTestDeployment, settle, until } from "./test-deployment.ts";
import type { TestClient, TestDeployment } from "./test-deployment.ts";
import type { TestFunction } from "./test-functions.ts";
import { field, noteFunctions, roomOf } from "./test-notes.ts";

const put = (n: number, body = `note ${n}`) => mutation(n, "put", { room: "lobby", rank: n, body });

function notesOf({ engine }: TestDeployment): number {
  const range = { table: "notes", index: "by_creation_time", equalities: 0, lower: "", upper: "\xff" };
  return engine.read(range, "asc", 10_000).documents.length;
}

function chainOf(count: number): string {
  let chain = chainStart;
  for (let n = 1; n <= count; n++) chain = chainNext(chain, nonceOf(`nonce ${n}`));
  return chain;
}

const numbersOf = (client: TestClient) => client.outcomes.map(([n, kind]) => [n, kind]);

test("[SY17] mutations are applied in the order of their numbers, and a record says how far", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, device } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1), put(2)] });
  client.send({ type: "push", mutations: [put(3)] });
  await until(() => client.outcomes.length === 3);
  expect(numbersOf(client)).toEqual([
    [1, "applied"],
    [2, "applied"],
    [3, "applied"],
  ]);
  const next = await connectDevice(deployment, device);
  expect(next.client.messages[0]).toMatchObject({ device: { n: 3, chain: chainOf(3) } });
  await deployment.close();
});

test("[SY17] a device that is new here begins after the number that it says", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment, newDevice(), {
    device: { ...newDevice(), start: 4, startChain: chainOf(4) },
  });
  expect(client.messages[0]).toMatchObject({ device: { n: 4, chain: chainOf(4) } });
  client.send({ type: "push", mutations: [put(5)] });
  await until(() => client.outcomes.length === 1);
  await deployment.close();
});

test("[SY18] a mutation that comes again with its nonce is answered as it was, and takes no effect", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, device } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 2);
  const next = await connectDevice(deployment, device);
  next.client.send({ type: "push", mutations: [put(1)] });
  await until(() => next.client.outcomes.length === 1);
  expect([...client.outcomes, ...next.client.outcomes]).toEqual(Array.from({ length: 3 }, () => client.outcomes[0]));
  expect([notesOf(deployment), deployment.pool.calls.filter((name) => name === "put").length]).toEqual([1, 1]);
  await deployment.close();
});

test("[SY18] a mutation that is pushed twice while it is under way is answered once", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  deployment.pool.hold("put");
  client.send({ type: "push", mutations: [put(1), put(2)] });
  client.send({ type: "push", mutations: [put(1), put(2), put(3)] });
  deployment.pool.release("put");
  await until(() => client.outcomes.length === 3);
  await settle();
  expect(numbersOf(client)).toEqual([
    [1, "applied"],
    [2, "applied"],
    [3, "applied"],
  ]);
  expect(notesOf(deployment)).toBe(3);
  await deployment.close();
});

test("[SY18] another nonce under a number that was applied, or that is under way, ends the socket", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, device } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  client.send({ type: "push", mutations: [{ ...put(1), nonce: "f".repeat(32) }] });
  expect([client.error, client.closed?.code]).toEqual(["device_copied", 4004]);
  const { client: next } = await connectDevice(deployment, device);
  deployment.pool.hold("put");
  next.send({ type: "push", mutations: [put(2)] });
  next.send({ type: "push", mutations: [{ ...put(2), nonce: "f".repeat(32) }] });
  expect(next.error).toBe("device_copied");
  deployment.pool.release("put");
  await settle();
  await deployment.close();
});

test("[SY18] a gap in the numbers is frame_invalid, and what came before it has its effect", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(2)] });
  expect(client.error).toBe("frame_invalid");
  await settle();
  expect(notesOf(deployment)).toBe(0);
  await deployment.close();
});

test("[SY18] [SY21] what a long forgotten copy of the device wrote is neither run nor told to be applied", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { outcomesKept: 2 } });
  const { client, device } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1), put(2), put(3), put(4)] });
  await until(() => client.outcomes.length === 4);
  // A copy that was made after the first one, and has written something of its own since.
  const copy = await connectDevice(deployment, device, { acked: 1, chain: chainOf(1) });
  copy.client.send({ type: "push", mutations: [mutation(2, "put", {}, { nonce: nonceOf("of the copy") })] });
  await until(() => copy.client.outcomes.length === 1);
  expect(copy.client.outcomes).toEqual([[2, "parked", expect.objectContaining({ code: "device_copied" })]]);
  copy.client.send({ type: "push", mutations: [put(1)] });
  await until(() => copy.client.outcomes.length === 2);
  expect(copy.client.outcomes[1]).toEqual([1, "expired"]);
  expect(notesOf(deployment)).toBe(4);
  await deployment.close();
});

test("[SY21] what lay in the outbox when a profile was copied runs once, whichever of the copies take new ids", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, device } = await connectDevice(deployment);
  const copyOf = { id: device.id, key: device.key };
  const second = { ...device, id: "2".repeat(32) };
  const third = { ...device, id: "3".repeat(32) };
  const hello = (id: string) => ({
    device: { id, key: copyOf.key, fence: 1, start: 0, startChain: chainOf(0), previous: copyOf.id },
  });
  // The first has sent one of the two; the others lost their number to it, and both send both.
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  const copies = [
    await connectDevice(deployment, second, hello(second.id)),
    await connectDevice(deployment, third, hello(third.id)),
  ];
  for (const copy of copies) copy.client.send({ type: "push", mutations: [put(1), put(2)] });
  await until(() => copies.every((copy) => copy.client.outcomes.length === 2));
  expect(notesOf(deployment)).toBe(2);
  for (const copy of copies) expect(copy.client.outcomes[0]).toEqual(client.outcomes[0]);
  expect(copies[1]?.client.outcomes).toEqual(copies[0]?.client.outcomes);
  // The first learns that it has copies when it comes again.
  const again = await connectDevice(deployment, device, { acked: 1, chain: chainOf(1) });
  again.client.send({ type: "push", mutations: [put(2), put(3)] });
  await until(() => again.client.outcomes.length === 2);
  expect(notesOf(deployment)).toBe(3);
  await deployment.close();
});

test("[SY18] only so many outcomes are kept; older duplicates are told that theirs has expired", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { outcomesKept: 2 } });
  const { client, device } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1), put(2), put(3)] });
  await until(() => client.outcomes.length === 3);
  client.send({ type: "push", mutations: [put(1)] });
  client.send({ type: "push", mutations: [put(2)] });
  await until(() => client.outcomes.length === 5);
  expect(client.outcomes.slice(3)).toEqual([[1, "expired"], client.outcomes[1]]);
  expect(deployment.engine.readRecord(["outcome", device.id, 1])).toBeUndefined();
  expect(notesOf(deployment)).toBe(3);
  await deployment.close();
});

test("[SY18] the record survives a restart", async () => {
  const disk = createMemoryDisk();
  const first = await openTestDeployment(noteFunctions, { disk });
  const { client, device } = await connectDevice(first);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  await first.close();
  const second = await openTestDeployment(noteFunctions, { disk, seed: 2 });
  const { client: next } = await connectDevice(second, device);
  next.send({ type: "push", mutations: [put(1), put(2)] });
  await until(() => next.outcomes.length === 2);
  expect(next.outcomes[0]).toEqual(client.outcomes[0]);
  expect(notesOf(second)).toBe(2);
  await second.close();
});

test("[SY19] what a function refuses is rejected, what nobody can run any more is parked; both advance the record", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  client.send({
    type: "push",
    mutations: [
      mutation(1, "refuse", {}),
      mutation(2, "missing", {}),
      mutation(3, "put", {}, { version: "older" }),
      mutation(4, "refuse", {}, { again: true }),
      mutation(5, "count", { room: "lobby" }),
      put(6),
    ],
  });
  await until(() => client.outcomes.length === 6);
  expect(client.outcomes).toMatchObject([
    [1, "rejected", { code: "app_error", data: { reason: "closed" } }],
    [2, "parked", { code: "function_missing" }],
    [3, "parked", { code: "arguments_invalid" }],
    [4, "parked", { code: "app_error" }],
    [5, "rejected", { code: "function_wrong_kind" }],
    [6, "applied", expect.any(String)],
  ]);
  await deployment.close();
});

test("[SY19] a function that is not bundled with devices runs for one that does not know its version", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [mutation(1, "put", { room: "lobby", text: "hello" }, { version: "" })] });
  await until(() => client.outcomes.length === 1);
  expect(client.outcomes).toMatchObject([[1, "applied", expect.any(String)]]);
  await deployment.close();
});

test("[SY19] a refusal is validated: one that was overtaken is run again", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    putOnce: {
      kind: "mutation",
      run: ({ args, read, insert }) => {
        if (read(roomOf("lobby")).length > 0) return "there";
        // Another commit lands between this read and the commit.
        if (field(args, "isFirst") === "true" && !overtaken) {
          overtaken = true;
          commitNote(deployment);
        }
        throw new Error(String(insert.length));
      },
    },
  });
  let overtaken = false;
  const { client } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [mutation(1, "putOnce", { isFirst: true })] });
  await until(() => client.outcomes.length === 1);
  expect(client.outcomes).toEqual([[1, "applied", "there"]]);
  await deployment.close();
});

function commitNote({ engine }: TestDeployment): void {
  const lower = "\u0007lobby\u0000";
  const write = {
    table: "notes",
    id: "x",
    text: '{"_id":"x","room":"lobby"}',
    before: null,
    after: ["\u0007x\u0000", "t", `${lower}key`],
  };
  engine.commit({ snapshot: engine.version, reads: [], writes: [write] });
}

test("[SY19] overload decides nothing about a mutation: it is run again", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  const { pool, clock } = deployment;
  let failures = 2;
  const call = pool.call.bind(pool);
  Object.assign(pool, {
    call: (given: Parameters<typeof call>[0]) =>
      failures-- > 0 ? Promise.reject(new Error("overloaded")) : call(given),
  });
  client.send({ type: "push", mutations: [put(1)] });
  await settle();
  expect(client.outcomes).toEqual([]);
  clock.advance(100);
  await settle();
  clock.advance(200);
  await until(() => client.outcomes.length === 1);
  expect(numbersOf(client)).toEqual([[1, "applied"]]);
  await deployment.close();
});

/** A note in the lobby from somewhere else. */
function putDirectly({ engine }: TestDeployment, count: number): void {
  const document = {
    _id: makeId("notes", new Uint8Array(16).fill(count)),
    _creationTime: 1,
    room: "lobby",
    rank: 0,
    body: "",
  };
  const after = documentKeys(tableOf(engine.schema, "notes"), document);
  const write = { table: "notes", id: document._id, text: stringifyValue(document), before: null, after };
  expect(engine.commit({ snapshot: engine.version, reads: [], writes: [write] }).kind).toBe("committed");
}

test("[SY19] [FN17] contention decides nothing about a mutation: it stays first, is run again, and holds up nobody else's", async () => {
  let slowRuns = 0;
  const slow: TestFunction = {
    kind: "mutation",
    run: ({ args, read, insert }) => {
      const count = read(roomOf("lobby")).length;
      // The first run loses, the second outlives its turns and loses too.
      if (++slowRuns === 2) clock.advance(200);
      if (slowRuns <= 2) putDirectly(deployment, slowRuns);
      return insert("notes", { room: "lobby", rank: count, body: field(args, "body") });
    },
  };
  const deployment = await openTestDeployment({ ...noteFunctions, slow });
  const { clock } = deployment;
  const [{ client }, other] = [await connectDevice(deployment), await connectDevice(deployment)];
  client.send({ type: "push", mutations: [mutation(1, "slow", { body: "mine" }), put(2)] });
  await settle();
  expect([slowRuns, client.outcomes]).toEqual([2, []]);
  other.client.send({ type: "push", mutations: [put(1)] });
  await until(() => other.client.outcomes.length === 1);
  expect(client.outcomes).toEqual([]);
  clock.advance(100);
  await until(() => client.outcomes.length === 2);
  expect(numbersOf(client)).toEqual([
    [1, "applied"],
    [2, "applied"],
  ]);
  // Two of somebody else, one of the other device, and each of these once.
  expect([slowRuns, notesOf(deployment)]).toEqual([3, 5]);
  expect(deployment.engine.figures.contention).toMatchObject({ givenUp: 1, reserved: 0 });
  await deployment.close();
});

test("[SY20] an outcome travels with the rows that its mutation changed, and only once both are durable", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  const watcher = await connectDevice(deployment);
  client.take();
  watcher.client.take();
  let sync = (): void => undefined;
  deployment.disk.before = ({ kind }) =>
    kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined;
  client.send({ type: "push", mutations: [put(1), mutation(2, "refuse", {})] });
  await settle();
  expect([notesOf(deployment), client.take(), watcher.client.take()]).toEqual([1, [], []]);
  deployment.disk.before = () => undefined;
  sync();
  await until(() => client.outcomes.length === 2);
  const [first] = client.pokes.filter(({ header }) => header.outcomes);
  expect(first?.header).toMatchObject({ ack: 1, outcomes: [[1, "applied", expect.any(String)]] });
  expect(first?.chunks).toMatchObject([[expect.any(Number), [[expect.any(Number), { body: "note 1" }]], []]]);
  await deployment.close();
});

test("[SY14] a duplicate is not answered before what it repeats is durable", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  let sync = (): void => undefined;
  deployment.disk.before = ({ kind }) =>
    kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined;
  client.send({ type: "push", mutations: [put(1)] });
  await settle();
  client.send({ type: "push", mutations: [put(1)] });
  await settle();
  expect(client.outcomes).toEqual([]);
  deployment.disk.before = () => undefined;
  sync();
  await until(() => client.outcomes.length >= 2);
  expect(client.outcomes[1]).toEqual(client.outcomes[0]);
  await deployment.close();
});

test("[SY27] the time of a mutation is the device's, but never in the deployment's future", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    when: { kind: "mutation", run: ({ timeMs }) => timeMs },
  });
  const { client } = await connectDevice(deployment);
  const nowMs = deployment.clock.nowMs();
  client.send({
    type: "push",
    mutations: [
      mutation(1, "when", {}, { time: 5 }),
      mutation(2, "when", {}, { time: nowMs + 1e9 }),
      mutation(3, "when", {}, { time: -1e300 }),
    ],
  });
  await until(() => client.outcomes.length === 3);
  expect(client.outcomes.map(([, , value]) => value)).toEqual([5, nowMs, 0]);
  await deployment.close();
});

test("a device that pushes more than is held for it is told so", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { mutationsMax: 3 } });
  const { client } = await connectDevice(deployment);
  deployment.pool.hold("put");
  client.send({ type: "push", mutations: [put(1), put(2), put(3)] });
  expect(client.closed).toBeUndefined();
  client.send({ type: "push", mutations: [put(4), put(5)] });
  expect([client.error, client.closed?.code]).toEqual(["too_many_pending", 4007]);
  deployment.pool.release("put");
  await settle();
  expect(notesOf(deployment)).toBe(1);
  await deployment.close();
});

test("[SY14] devices without an answer of their own are sent the very same bytes", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const author = await connectDevice(deployment);
  const watchers = [await connectDevice(deployment), await connectDevice(deployment), await connectDevice(deployment)];
  for (const { client } of watchers) client.take();
  author.client.send({ type: "push", mutations: [put(1)] });
  await until(() => author.client.outcomes.length === 1);
  await settle();
  const sent = watchers.map(({ client }) => client.raw.at(-1));
  expect(sent[0]).toBeInstanceOf(Uint8Array);
  for (const bytes of sent) expect(bytes).toBe(sent[0]);
  const own = author.client.raw.findLast((text) => typeof text === "string" && text.includes('"outcomes"'));
  const chunk = (text: string) => text.slice(text.indexOf("\n"));
  expect(chunk(String(own))).toBe(chunk(new TextDecoder().decode(sent[0] as Uint8Array)));
  expect(parsePoke(String(own)).header.ack).toBe(1);
  await deployment.close();
});
