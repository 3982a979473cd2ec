import { expect, test } from "vitest";
import { createMemoryDisk } from "../base/index.ts";
import type { Socket } from "../base/index.ts";
import type { TestFunction } from "./test-functions.ts";
import {
  connectDevice,
  helloOf,
  mutation,
  newDevice,
  openTestDeployment,
  settle,
  TestClient,
  until,
} from "./test-deployment.ts";
import type { TestDeployment } from "./test-deployment.ts";
import { noteFunctions } from "./test-notes.ts";

const put = (n: number) => mutation(n, "put", { room: "lobby", rank: n, body: `note ${n}` });
const large: TestFunction = { kind: "query", run: () => "x".repeat(700_000) };
const largeResult: TestFunction = { kind: "mutation", run: () => "x".repeat(700_000) };

const counts = ({ live, sync }: TestDeployment) => ({ ...live.counts(), ...sync.counts() });

test("[SY4] what arrives at a socket whose device has another one is not followed, and leaves nothing behind", async () => {
  const deployment = await openTestDeployment({ ...noteFunctions, large });
  const first = await connectDevice(deployment);
  const second = await connectDevice(deployment, first.device);
  const before = counts(deployment);
  // The first socket is being closed; its client has not heard of that.
  first.client.send({ type: "subscribe", query: 1, name: "large", args: {} });
  first.client.send({ type: "push", mutations: [put(1)] });
  await settle();
  expect(counts(deployment)).toEqual(before);
  first.client.disconnect();
  second.client.disconnect();
  await settle();
  expect(counts(deployment)).toEqual({ computations: 0, readRanges: 0, sockets: 0, devices: 0, ranges: 0 });
  await deployment.close();
});

test("[SY4] a reload does not bring a session back that has ended", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, device } = await connectDevice(deployment);
  deployment.engine.commit({
    snapshot: deployment.engine.version,
    reads: [],
    writes: [],
    records: [{ key: ["device", device.id], text: '"somebody else was here"' }],
  });
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.closed !== undefined);
  expect(client.error).toBe("device_replaced");
  deployment.pool.reload(noteFunctions);
  client.disconnect();
  await settle();
  expect(counts(deployment)).toEqual({ computations: 0, readRanges: 0, sockets: 0, devices: 0, ranges: 0 });
  await deployment.close();
});

/** A client that reads nothing: all that it is sent stays in its socket. */
function connectIdle({ sync }: TestDeployment): TestClient {
  const client = new TestClient();
  const { socket } = client;
  const idle: Socket = {
    remoteAddress: "test",
    get bufferedBytes() {
      return client.bufferedBytes;
    },
    send: (text) => {
      client.bufferedBytes += text.length;
      socket.send(text);
    },
    close: (code, reason) => socket.close(code, reason),
    setReading: (isReading) => socket.setReading(isReading),
    onMessage: (listener) => socket.onMessage(listener),
    onClose: (listener) => socket.onClose(listener),
    onDrain: (listener) => socket.onDrain(listener),
  };
  sync.connect(idle);
  return client;
}

test("[SY16] results of queries wait too while the client does not read", async () => {
  const deployment = await openTestDeployment({ ...noteFunctions, large });
  const client = connectIdle(deployment);
  client.send(helloOf(newDevice()));
  await until(() => client.pokes.length === 1);
  for (let query = 0; query < 10; query++) client.send({ type: "subscribe", query, name: "large", args: { query } });
  await settle();
  const results = () => client.messages.filter(({ type }) => type === "result").length;
  expect(results()).toBe(2);
  for (let read = 0; read < 5; read++) {
    client.drain();
    await settle();
  }
  expect(results()).toBe(10);
  await deployment.close();
});

test("[SY18] a client that does not read is not answered the same mutation without end", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { mutationsMax: 20 } });
  const { client } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  client.bufferedBytes = 10_000_000;
  client.send({ type: "push", mutations: Array.from({ length: 20 }, () => put(1)) });
  expect(client.error).toBe(undefined);
  client.send({ type: "push", mutations: [put(1)] });
  expect(client.error).toBe("too_many_pending");
  await deployment.close();
});

test("[SY16] mutations whose answers are large are run as fast as the client reads", async () => {
  const deployment = await openTestDeployment(
    { ...noteFunctions, largeResult },
    { limits: { answersBytes: 2_000_000 } },
  );
  const { client } = await connectDevice(deployment);
  client.bufferedBytes = 10_000_000;
  const mutations = Array.from({ length: 60 }, (_, at) => mutation(at + 1, "largeResult", {}));
  client.send({ type: "push", mutations });
  await settle();
  await settle();
  // Those too whose commits are on their way to the disk: what they answer is not known to wait yet.
  expect(deployment.pool.calls.filter((name) => name === "largeResult").length).toBeLessThan(10);
  client.send({ type: "push", mutations: mutations.slice(0, 1) });
  expect(client.error).toBe("too_many_pending");
  await deployment.close();
});

test("[SY16] a client that reads again gets all of its large answers", async () => {
  const deployment = await openTestDeployment(
    { ...noteFunctions, largeResult },
    { limits: { answersBytes: 2_000_000 } },
  );
  const { client } = await connectDevice(deployment);
  client.bufferedBytes = 10_000_000;
  client.send({ type: "push", mutations: Array.from({ length: 10 }, (_, at) => mutation(at + 1, "largeResult", {})) });
  await settle();
  client.drain();
  await until(() => {
    deployment.clock.advance(100);
    return client.outcomes.length === 10;
  });
  expect(client.outcomes.map(([n]) => n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await deployment.close();
});

test("[ME7] a fault while one device is being told ends its socket and no other", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const bystander = await connectDevice(deployment);
  const { engine } = deployment;
  const { openSnapshot } = engine;
  engine.openSnapshot = () => {
    throw new Error("no more readers");
  };
  const client = deployment.connect();
  client.send(helloOf(newDevice()));
  await until(() => client.closed !== undefined);
  engine.openSnapshot = openSnapshot;
  expect(client.messages.at(-1)).toMatchObject({ type: "error", error: { code: "internal" } });
  expect(JSON.stringify(client.messages.at(-1))).toMatch(/Incident [0-9a-f]{12}/u);
  expect(JSON.stringify(client.messages.at(-1))).not.toContain("no more readers");
  bystander.client.send({ type: "push", mutations: [put(1)] });
  await until(() => bystander.client.outcomes.length === 1);
  expect(bystander.client.closed).toBe(undefined);
  await deployment.close();
});

test("[SY19] a mutation that meets a fault of the deployment three times is parked, and those behind it go on", async () => {
  const disk = createMemoryDisk();
  const deployment = await openTestDeployment(noteFunctions, { disk });
  const { client } = await connectDevice(deployment);
  const { engine } = deployment;
  const commit = engine.commit.bind(engine);
  engine.commit = (request) => {
    if (request.writes.some(({ text }) => text?.includes("note 1") === true)) throw new Error("a broken belief");
    return commit(request);
  };
  client.send({ type: "push", mutations: [put(1), put(2)] });
  await until(() => {
    deployment.clock.advance(1_000);
    return client.outcomes.length === 2;
  });
  expect(client.outcomes).toEqual([
    [1, "parked", expect.objectContaining({ code: "internal" })],
    [2, "applied", expect.anything()],
  ]);
  await deployment.close();
});

test("[S32] [ME7] a mutation that meets a fault is told in the log by its name and with the cause, without its arguments", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, userId } = await connectDevice(deployment);
  const { engine, world } = deployment;
  const logged: unknown[] = [];
  const keep = (message: string, fields?: object): void => void logged.push([message, fields]);
  Object.assign(world.log, { debug: keep, info: keep, warn: keep, error: keep });
  const commit = engine.commit.bind(engine);
  engine.commit = (request) => {
    if (request.writes.length > 0) throw new Error("a broken belief");
    return commit(request);
  };
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => {
    deployment.clock.advance(1_000);
    return client.outcomes.length === 1;
  });
  const incident = /incident ([0-9a-f]{12})/u.exec(JSON.stringify(client.outcomes))?.[1];
  const where = { function: "put" };
  expect(logged).toContainEqual(["A mutation is run again.", { ...where, code: "internal" }]);
  expect(logged).toContainEqual([
    "A mutation met a fault of Bothy.",
    { ...where, incident, error: new Error("a broken belief") },
  ]);
  for (const secret of ["note 1", userId, "nonce"]) expect(JSON.stringify(logged)).not.toContain(secret);
  await deployment.close();
});

test("[EN9] mutations wait while more is committed than can be stored", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  let isOverloaded = true;
  Object.defineProperty(deployment.engine, "isOverloaded", { get: () => isOverloaded });
  client.send({ type: "push", mutations: [put(1)] });
  await settle();
  expect(deployment.pool.calls).not.toContain("put");
  isOverloaded = false;
  await until(() => {
    deployment.clock.advance(100);
    return client.outcomes.length === 1;
  });
  await deployment.close();
});
