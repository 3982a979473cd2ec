import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createRandom } from "bothy/internal";
import { afterEach, beforeEach, expect, test } from "vitest";
import { calm, openFaultProxy, type FaultProxy } from "../proxy/fault-proxy.ts";

/** A server that keeps what it is sent, per connection, and answers when it is told to. */
let server: Server;
let proxy: FaultProxy;
let taken: Taken[];

interface Taken {
  readonly socket: Socket;
  text: string;
  hasEnded: boolean;
}

beforeEach(async () => {
  taken = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    const one: Taken = { socket, text: "", hasEnded: false };
    taken.push(one);
    socket.on("data", (bytes) => (one.text += bytes.toString()));
    socket.on("end", () => (one.hasEnded = true));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  proxy = await openFaultProxy({ target: port, random: createRandom("proxy") });
});
afterEach(async () => {
  await proxy.close();
  for (const { socket } of taken) socket.destroy();
  server.close();
});

interface Client extends Taken {
  hasClosed: boolean;
}

async function open(): Promise<Client> {
  const before = taken.length;
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  const client: Client = { socket, text: "", hasEnded: false, hasClosed: false };
  socket.on("data", (bytes) => (client.text += bytes.toString()));
  socket.on("end", () => (client.hasEnded = true));
  socket.on("close", () => (client.hasClosed = true));
  socket.on("error", () => undefined);
  await expect.poll(() => taken.length, { interval: 2 }).toBe(before + 1);
  return client;
}

function until(read: () => unknown, value: unknown): Promise<void> {
  return expect.poll(read, { interval: 2, timeout: 10_000 }).toEqual(value);
}

test("what is sent arrives in both directions, and an end is passed on", async () => {
  const client = await open();
  client.socket.write("there");
  await until(() => taken[0]?.text, "there");
  taken[0]?.socket.write("back");
  await until(() => client.text, "back");
  client.socket.end();
  await until(() => taken[0]?.hasEnded, true);
  taken[0]?.socket.end();
  await until(() => client.hasClosed, true);
  expect(proxy.openCount).toBe(0);
});

test("delay and jitter keep the order of a connection, and hold it back at least that long", async () => {
  const client = await open();
  proxy.set({ toServer: { ...calm, delayMs: 30, jitterMs: 30 } });
  const began = performance.now();
  for (let place = 0; place < 50; place++) {
    client.socket.write(`${place} `);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const all = Array.from({ length: 50 }, (_, place) => `${place} `).join("");
  await until(() => taken[0]?.text, all);
  expect(performance.now() - began).toBeGreaterThanOrEqual(30);
});

test("a throttled direction takes the time of its bytes", async () => {
  const client = await open();
  proxy.set({ toServer: { ...calm, bytesPerSecond: 100_000 } });
  const began = performance.now();
  client.socket.write("x".repeat(10_000));
  await until(() => taken[0]?.text.length, 10_000);
  expect(performance.now() - began).toBeGreaterThanOrEqual(95);
});

test("a stalled direction delivers everything in order once it goes on; the other direction does not wait", async () => {
  const client = await open();
  proxy.set({ toServer: { ...calm, isStalled: true } });
  client.socket.write("one ");
  taken[0]?.socket.write("meanwhile");
  await until(() => client.text, "meanwhile");
  client.socket.write("two");
  expect(taken[0]?.text).toBe("");
  proxy.heal();
  await until(() => taken[0]?.text, "one two");
});

test("a dead direction swallows for ever, while the connection stays open and the other direction goes on", async () => {
  const client = await open();
  proxy.deaden("toServer");
  client.socket.write("lost");
  taken[0]?.socket.write("heard");
  await until(() => client.text, "heard");
  proxy.heal();
  client.socket.write("lost, too");
  taken[0]?.socket.write(" again");
  await until(() => client.text, "heard again");
  expect([taken[0]?.text, client.hasClosed, taken[0]?.hasEnded]).toEqual(["", false, false]);
  // A new connection is as good as any.
  const next = await open();
  next.socket.write("alive");
  await until(() => taken[1]?.text, "alive");
});

test("a connection that is dead in both directions hears nothing of an end", async () => {
  const client = await open();
  proxy.deaden("both");
  client.socket.write("lost");
  taken[0]?.socket.write("lost");
  const next = await open();
  next.socket.write("later");
  await until(() => taken[1]?.text, "later");
  expect([taken[0]?.text, client.text, client.hasEnded]).toEqual(["", "", false]);
});

test("a half-closed connection ends for one side, and still carries what the other sends", async () => {
  const client = await open();
  proxy.halfClose("toClient");
  await until(() => client.hasEnded, true);
  client.socket.write("still here");
  await until(() => taken[0]?.text, "still here");
  expect(taken[0]?.hasEnded).toBe(false);
});

test("cut connections end on both sides, and a refusing proxy takes no new one", async () => {
  const client = await open();
  proxy.cut();
  await until(() => client.hasClosed, true);
  await until(() => proxy.openCount, 0);
  proxy.set({ isRefusing: true });
  const refused = connect({ port: proxy.port, host: "127.0.0.1" });
  const error = new Promise((resolve) => refused.once("error", resolve));
  await Promise.race([error, once(refused, "close")]);
  expect(taken.length).toBe(1);
  proxy.heal();
  expect((await open()).hasClosed).toBe(false);
});

test("what was sent on a connection that its client has closed may arrive after what is sent on the next one", async () => {
  const old = await open();
  proxy.set({ toServer: { ...calm, delayMs: 150 }, keepAfterClose: true });
  await new Promise<void>((resolve) => old.socket.write("old", () => resolve()));
  old.socket.destroy();
  await until(() => old.hasClosed, true);
  proxy.set({ toServer: calm });
  const next = await open();
  next.socket.write("new");
  await until(() => taken[1]?.text, "new");
  expect(taken[0]?.text).toBe("");
  await until(() => taken[0]?.text, "old");
});
