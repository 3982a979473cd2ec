import { expect, test } from "vitest";
import { connectDevice, helloOf, mutation, newDevice, openTestDeployment, settle, until } from "./test-deployment.ts";
import type { TestDeployment } from "./test-deployment.ts";
import { noteFunctions } from "./test-notes.ts";

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

test("[P11] of a device whose mutations wait no more is read than four MiB, and all of them are applied in the end", async () => {
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

test("[P11] what all devices together have waiting is bounded too, and a device with nothing waiting is read", async () => {
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

test("[P11] a client that reads a byte now and then is ended with a code to come back on, one that reads slowly is not", async () => {
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
