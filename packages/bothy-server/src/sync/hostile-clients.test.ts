import { expect, test } from "vitest";
import type { Json } from "bothy/internal";
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
import type { TestDeployment, TestDevice } from "./test-deployment.ts";
import { noteFunctions } from "./test-notes.ts";

const scopeCount = Object.values(noteFunctions).filter(({ kind }) => kind === "scope").length;

/** Holds everything up until it is let go. */
function overload(deployment: TestDeployment): () => void {
  let isOverloaded = true;
  Object.defineProperty(deployment.engine, "isOverloaded", { get: () => isOverloaded });
  return () => {
    isOverloaded = false;
  };
}

const bulky = (n: number, sizeBytes = 900_000) =>
  mutation(n, "put", { room: "lobby", rank: n, body: "x".repeat(sizeBytes) });

test("[SY16] [P11] of a device whose mutations wait no more is read than four MiB, and all of them are applied in the end", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client } = await connectDevice(deployment);
  const letGo = overload(deployment);
  let sent = 0;
  while (client.isRead && sent < 20) client.send({ type: "push", mutations: [bulky(++sent)] });
  expect(sent).toBe(5);
  // It is not taken to be silent, although nothing is heard of it.
  for (let i = 0; i < 12; i++) deployment.clock.advance(20_000);
  expect(client.closed).toBeUndefined();
  letGo();
  await until(() => {
    deployment.clock.advance(100);
    return client.outcomes.length === sent;
  });
  expect(client.isRead).toBe(true);
  client.disconnect();
  await deployment.close();
});

test("[SY16] [P11] what all devices together have waiting is bounded too, and a device with nothing waiting is read", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { unansweredBytesOfAll: 1_900_000 } });
  const [leaving, late, idle] = [
    await connectDevice(deployment),
    await connectDevice(deployment),
    await connectDevice(deployment),
  ].map(({ client }) => client);
  if (!leaving || !late || !idle) throw new Error("three are connected");
  const letGo = overload(deployment);
  for (const n of [1, 2]) leaving.send({ type: "push", mutations: [bulky(n)] });
  late.send({ type: "push", mutations: [bulky(1)] });
  expect([leaving.isRead, late.isRead, idle.isRead]).toEqual([true, false, true]);
  // What it had waiting goes away with it.
  leaving.disconnect();
  letGo();
  await until(() => {
    deployment.clock.advance(100);
    return late.outcomes.length === 1;
  });
  expect(late.isRead).toBe(true);
  for (const n of [1, 2]) idle.send({ type: "push", mutations: [bulky(n)] });
  expect(idle.isRead).toBe(true);
  await until(() => idle.outcomes.length === 2);
  await deployment.close();
});

test("[SY16] [P11] a client that reads a byte now and then is ended with a code to come back on, one that reads slowly is not", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { partBytes: 4_000, unsentBytes: 100_000 } });
  const { client: author } = await connectDevice(deployment);
  author.send({ type: "push", mutations: Array.from({ length: 60 }, (_, i) => bulky(i + 1, 5_000)) });
  await until(() => author.outcomes.length === 60);
  const [dripping, slow] = [await connectBuffered(deployment), await connectBuffered(deployment)];
  await settle();
  for (let i = 0; i < 9; i++) {
    deployment.clock.advance(5_000);
    // It stays just below the bound, so that it is sent another part now and then.
    dripping.bufferedBytes = Math.min(dripping.bufferedBytes - 1, 99_999);
    slow.bufferedBytes = Math.max(0, slow.bufferedBytes - 20_000);
    for (const client of [dripping, slow]) if (!client.closed) client.send({ type: "pong" });
    await settle();
  }
  expect([dripping.error, dripping.closed?.code]).toEqual(["client_too_slow", 4006]);
  expect(slow.closed).toBeUndefined();
  await deployment.close();
});

/** Connects a device of which nothing that it is sent leaves the buffer. */
async function connectBuffered(deployment: TestDeployment) {
  const client = deployment.connect();
  const { socket } = client;
  const send = socket.send.bind(socket);
  Object.assign(socket, { send: (text: string) => (send(text), (client.bufferedBytes += text.length)) });
  client.send(helloOf(newDevice()));
  await until(() => client.bufferedBytes > 0);
  return client;
}

/** Opens a socket from an address. */
function connectFrom(deployment: TestDeployment, address: string): TestClient {
  const client = new TestClient();
  Object.assign(client.socket, { remoteAddress: address });
  deployment.sync.connect(client.socket);
  return client;
}

/** Says hello and tells the error that it was answered with. */
async function greet(client: TestClient, device: TestDevice): Promise<string | undefined> {
  client.send(helloOf(device));
  await until(() => client.closed !== undefined || client.pokes.length > 0);
  const welcome = client.messages.find((message) => message.type === "welcome");
  if (welcome?.token !== undefined) device.token = welcome.token;
  return client.error;
}

test("[SY28] [P11] one address brings so many new devices in an hour; known ones and this machine are not counted", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { newDevicesPerHour: 2 } });
  const [known, second, third] = [newDevice(), newDevice(), newDevice()];
  const from = (device: TestDevice, address = "10.0.0.7") => greet(connectFrom(deployment, address), device);
  expect([await from(known), await from(second), await from(third)]).toEqual([undefined, undefined, "overloaded"]);
  expect([await from(known), await from(third, "10.0.0.8")]).toEqual([undefined, undefined]);
  for (let i = 0; i < 3; i++) expect(await from(newDevice(), "::ffff:127.0.0.1")).toBeUndefined();
  deployment.clock.advance(1_900_000);
  expect([await from(newDevice()), await from(newDevice())]).toEqual([undefined, "overloaded"]);
  await deployment.close();
});

test("[SY28] [P11] one address has so many sockets at a time, and those that have ended make room", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { socketsPerAddressMax: 2 } });
  const [first, second, third] = [1, 2, 3].map(() => connectFrom(deployment, "10.0.0.7"));
  expect([first?.closed, second?.closed, third?.error]).toEqual([undefined, undefined, "overloaded"]);
  expect(connectFrom(deployment, "10.0.0.8").closed).toBeUndefined();
  for (let i = 0; i < 3; i++) expect(connectFrom(deployment, "127.0.0.1").closed).toBeUndefined();
  first?.disconnect();
  first?.disconnect();
  expect(connectFrom(deployment, "10.0.0.7").closed).toBeUndefined();
  expect(connectFrom(deployment, "10.0.0.7").error).toBe("overloaded");
  await deployment.close();
});

test("[SY28] [P11] [EN9] while more waits to be stored than can be held a new device comes later, and a known one is welcome", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const known = newDevice();
  expect(await greet(deployment.connect(), known)).toBeUndefined();
  const { version } = deployment.engine;
  const letGo = overload(deployment);
  expect(await greet(deployment.connect(), newDevice())).toBe("overloaded");
  expect(await greet(deployment.connect(), known)).toBeUndefined();
  expect(deployment.engine.version).toBe(version);
  letGo();
  expect(await greet(deployment.connect(), newDevice())).toBeUndefined();
  await deployment.close();
});

test("[SY28] [P11] messages that come too fast wait at the client for a while, and it is not told", async () => {
  const limits = { messagesAtOnce: 10, messagesPerSecond: 100 };
  const deployment = await openTestDeployment(noteFunctions, { limits });
  const { client } = await connectDevice(deployment);
  for (let i = 0; i < 9; i++) client.send({ type: "pong" });
  expect(client.isRead).toBe(true);
  client.send({ type: "pong" });
  expect(client.isRead).toBe(false);
  deployment.clock.advance(100);
  expect(client.isRead).toBe(true);
  for (let i = 0; i < 10; i++) client.send({ type: "pong" });
  expect([client.isRead, client.closed]).toEqual([true, undefined]);
  await deployment.close();
});

test("[SY28] [P11] the queries of a device hold so many bytes of arguments and results; one too many ends alone", async () => {
  const functions = { ...noteFunctions, large: { kind: "query", run: () => "x".repeat(700_000) } } as const;
  const deployment = await openTestDeployment(functions, { limits: { queriesBytes: 1_500_000 } });
  const { client } = await connectDevice(deployment);
  const subscribe = (query: number, args: Json = {}): void =>
    client.send({ type: "subscribe", query, name: "large", args });
  const results = () =>
    client.messages.flatMap((message) =>
      message.type === "result" ? [[message.query, "error" in message ? message.error.code : "value"]] : [],
    );
  subscribe(1);
  await until(() => results().length === 1);
  subscribe(2, { two: true });
  await until(() => results().length === 2);
  subscribe(3, { three: true });
  await until(() => results().length === 3);
  expect(results()).toEqual([
    [1, "value"],
    [2, "value"],
    [3, "limit_exceeded"],
  ]);
  // Nobody keeps up to date what is not told.
  expect(deployment.live.counts().computations).toBe(2 + scopeCount);
  client.send({ type: "unsubscribe", query: 1 });
  subscribe(4, { four: true });
  await until(() => results().length === 4);
  expect(results().at(-1)).toEqual([4, "value"]);
  subscribe(5, { text: "x".repeat(200_000) });
  expect(client.error).toBe("limit_exceeded");
  expect(client.closed).toBeUndefined();
  await deployment.close();
});
