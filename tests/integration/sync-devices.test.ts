import { afterAll, beforeAll, expect, test } from "vitest";
import { startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { lastOf, LastingDevice, pokeHeaders, rowsSent, textOf } from "./lasting-device.ts";
import type { Frame } from "./lasting-device.ts";

let deployment: Deployment;
let roomCount = 0;

beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment.stop();
});

function newRoom(): string {
  return `room ${++roomCount}`;
}

async function openDevice(...joined: readonly string[]): Promise<LastingDevice> {
  const device = new LastingDevice();
  await device.connect(deployment.url);
  for (const room of joined) await device.mutate("shared/rooms:join", { room });
  return device;
}

function resultsOf(frames: readonly Frame[]): unknown[] {
  return frames.flatMap((frame) => (frame.type === "result" ? [frame.value] : []));
}

/** The cursor that seals all that the device has seen. */
async function sealed(device: LastingDevice): Promise<void> {
  await device.until(() => (device.held.cursor?.version ?? 0) === device.held.at);
}

test("two devices see each other's change, and the author sees its outcome with the rows that it changed", async () => {
  const room = newRoom();
  const [a, b] = [await openDevice(room), await openDevice(room)];
  const from = a.frames.length;
  const [n, kind, id] = await a.mutate("shared/messages:send", { room, body: "from a" });
  expect(kind).toBe("applied");
  const poke = a.framesFrom(from).find((frame) => frame.type === "poke" && frame.header.outcomes?.[0]?.[0] === n);
  expect(rowsSent(poke ? [poke] : [])).toMatchObject([{ _id: id, body: "from a" }]);
  await b.until(() => b.bodies(room).length === 1);
  await b.mutate("shared/messages:edit", { id: textOf(id), body: "changed by b" });
  await a.until(() => a.bodies(room)[0] === "changed by b");
  await a.mutate("shared/messages:remove", { id: textOf(id) });
  await b.until(() => b.bodies(room).length === 0);
  expect([a.held.problems, b.held.problems]).toEqual([[], []]);
});

test("[SY19] what the server refuses is rejected with the app's own data and changes nothing", async () => {
  const room = newRoom();
  const [a, b] = [await openDevice(room), await openDevice(room)];
  const [, , id] = await a.mutate("shared/messages:send", { room, body: "first" });
  await a.mutate("shared/messages:close", { id: textOf(id) });
  // As a device that has not seen the closing would send it.
  const outcome = await b.mutate("shared/messages:edit", { id: textOf(id), body: "too late" });
  expect(outcome).toMatchObject([
    expect.any(Number),
    "rejected",
    { code: "app_error", data: { kind: "message_closed" } },
  ]);
  expect(b.bodies(room)).toEqual(["first"]);
  const wrong = await b.mutate("shared/messages:send", { room, body: 5 });
  expect(wrong).toMatchObject([expect.any(Number), "rejected", { code: "arguments_invalid" }]);
  expect((await b.mutate("shared/messages:send", { room, body: "next" }))[1]).toBe("applied");
});

test("[SY10] [SY12] what a scope takes away leaves before anything newer is sent", async () => {
  const room = newRoom();
  const other = newRoom();
  const [a, b] = [await openDevice(room), await openDevice(room, other)];
  await a.mutate("shared/messages:send", { room, body: "while a member" });
  await b.until(() => b.bodies(room).length === 1);
  const from = b.frames.length;
  await deployment.run("server:expel", { room });
  await Promise.all(
    Array.from({ length: 20 }, (_, at) => a.mutate("shared/messages:send", { room, body: `secret ${at}` })),
  );
  await b.until(() => b.bodies(room).length === 0);
  await b.mutate("shared/messages:send", { room: other, body: "still here" });
  expect(b.documents("members").map((member) => member["room"])).toEqual([other]);
  expect(JSON.stringify(b.framesFrom(from))).not.toContain("secret");
  const dropping = pokeHeaders(b.framesFrom(from)).findIndex(({ drop }) => drop !== undefined);
  expect(dropping).toBe(0);
  expect(b.held.problems).toEqual([]);
});

test("[SY10] a device that was expelled while it was away is sent nothing of the room and drops its rows", async () => {
  const room = newRoom();
  const [a, b] = [await openDevice(room), await openDevice(room)];
  await a.mutate("shared/messages:send", { room, body: "before" });
  await b.until(() => b.bodies(room).length === 1);
  await sealed(b);
  b.disconnect();
  await deployment.run("server:expel", { room });
  await a.mutate("shared/messages:send", { room, body: "secret" });
  const from = b.frames.length;
  await b.connect(deployment.url);
  expect(b.bodies(room)).toEqual([]);
  expect(JSON.stringify(b.framesFrom(from))).not.toContain("secret");
  expect(b.held.problems).toEqual([]);
});

test("[SY7] a row that moves between rooms leaves one device and reaches the other, and stays with who holds both", async () => {
  const [left, right] = [newRoom(), newRoom()];
  const [a, b, both] = [await openDevice(left), await openDevice(right), await openDevice(left, right)];
  const [, , id] = await a.mutate("shared/messages:send", { room: left, body: "wanderer" });
  await both.until(() => both.bodies(left).length === 1);
  const from = b.frames.length;
  await a.mutate("shared/messages:move", { id: textOf(id), room: right });
  await b.until(() => b.bodies(right).length === 1);
  await both.until(() => both.bodies(right).length === 1);
  expect([a.bodies(left), a.bodies(right)]).toEqual([[], []]);
  expect(both.bodies(left)).toEqual([]);
  expect(rowsSent(b.framesFrom(from))).toHaveLength(1);
  await b.mutate("shared/messages:move", { id: textOf(id), room: left });
  await a.until(() => a.bodies(left).length === 1);
  expect(b.bodies(right)).toEqual([]);
  expect([a, b, both].flatMap(({ held }) => held.problems)).toEqual([]);
});

test("[SY9] catch-up after a reconnection carries what changed and nothing else", async () => {
  const [room, quiet] = [newRoom(), newRoom()];
  const [a, b] = [await openDevice(room, quiet), await openDevice(room, quiet)];
  for (let at = 0; at < 50; at++) a.queue("shared/messages:send", { room, body: `old ${at}` });
  for (let at = 0; at < 50; at++) a.queue("shared/messages:send", { room: quiet, body: `quiet ${at}` });
  await b.until(() => b.bodies(room).length === 50 && b.bodies(quiet).length === 50);
  const ids = b
    .documents("messages")
    .filter((message) => message["room"] === room)
    .map(({ _id }) => _id);
  await sealed(b);
  b.disconnect();
  await a.mutate("shared/messages:edit", { id: textOf(ids[0]), body: "edited" });
  await a.mutate("shared/messages:remove", { id: textOf(ids[1]) });
  await a.mutate("shared/messages:send", { room, body: "new" });

  const from = b.frames.length;
  await b.connect(deployment.url);
  const frames = b.framesFrom(from);
  expect(pokeHeaders(frames).flatMap(({ grant }) => grant ?? [])).toEqual([]);
  expect(
    rowsSent(frames)
      .map((row) => (row as { body: string }).body)
      .toSorted(),
  ).toEqual(["edited", "new"]);
  expect(b.bodies(room)).toEqual(a.bodies(room));
  expect(b.bodies(quiet)).toHaveLength(50);
  expect(b.held.problems).toEqual([]);
});

test("[SY9] [SY15] reconnecting when nothing has changed sends no row; with a forged seal everything is sent whole", async () => {
  const room = newRoom();
  const device = await openDevice(room);
  for (let at = 0; at < 20; at++) await device.mutate("shared/messages:send", { room, body: `message ${at}` });
  await sealed(device);
  device.disconnect();
  let from = device.frames.length;
  await device.connect(deployment.url);
  expect(rowsSent(device.framesFrom(from))).toEqual([]);
  expect(JSON.stringify(device.framesFrom(from)).length).toBeLessThan(4_000);

  const { cursor } = device.held;
  device.disconnect();
  from = device.frames.length;
  await device.connect(deployment.url, cursor ? { cursor: { ...cursor, version: cursor.version + 1 } } : {});
  expect(rowsSent(device.framesFrom(from)).length).toBeGreaterThanOrEqual(20);
  expect(device.bodies(room)).toHaveLength(20);
  expect(device.held.problems).toEqual([]);
});

test("[SY26] a subscribed server-only query is sent again when its result changes, and not when it is the same", async () => {
  const [room, other] = [newRoom(), newRoom()];
  const device = await openDevice(room);
  const from = device.frames.length;
  device.sendText(JSON.stringify({ type: "subscribe", query: 1, name: "server:countMessages", args: { room } }));
  await device.until(() => resultsOf(device.framesFrom(from)).length === 1);
  const [, , id] = await device.mutate("shared/messages:send", { room, body: "one" });
  await device.until(() => resultsOf(device.framesFrom(from)).length === 2);
  // Written into its read set, with the same count; then beside it.
  await device.mutate("shared/messages:edit", { id: textOf(id), body: "changed" });
  await device.mutate("shared/messages:send", { room: other, body: "elsewhere" });
  await device.mutate("shared/messages:send", { room, body: "two" });
  await device.until(() => resultsOf(device.framesFrom(from)).length === 3);
  expect(resultsOf(device.framesFrom(from))).toEqual([0, 1, 2]);
  device.sendText(JSON.stringify({ type: "unsubscribe", query: 1 }));
  await device.mutate("shared/messages:send", { room, body: "three" });
  await device.mutate("shared/messages:send", { room, body: "four" });
  expect(resultsOf(device.framesFrom(from))).toHaveLength(3);
});

test("an unknown query is refused without the end of the socket", async () => {
  const device = await openDevice();
  const from = device.frames.length;
  device.sendText(JSON.stringify({ type: "subscribe", query: 7, name: "server:nothing", args: {} }));
  const answer = () => lastOf(device.framesFrom(from), "error") ?? lastOf(device.framesFrom(from), "result");
  await device.until(() => answer() !== undefined);
  expect(answer()).toMatchObject({ query: 7, error: { code: "function_missing" } });
  expect((await device.mutate("server:count", { name: newRoom() }))[1]).toBe("applied");
});

test("[SY4] a hello with a higher fence ends the older socket, and one with a lower fence is refused", async () => {
  const device = await openDevice();
  const older = new LastingDevice();
  Object.assign(older, { id: device.id, key: device.key, token: device.token });
  device.fence = 5;
  device.disconnect();
  await device.connect(deployment.url);
  expect(device.fence).toBe(6);
  await expect(older.connect(deployment.url)).rejects.toThrow("device_replaced");
  older.fence = 6;
  await older.connect(deployment.url);
  await device.until(() => device.closed !== undefined);
  expect(device.closed).toMatchObject({ code: 4005, reason: "device_replaced" });
  expect((await older.mutate("server:count", { name: newRoom() }))[1]).toBe("applied");
});

test("[SY5] a device at rest receives nothing after its cursor", async () => {
  const room = newRoom();
  const [device, busy] = [await openDevice(room), await openDevice()];
  await sealed(device);
  const from = device.frames.length;
  // Commits that concern others only, for longer than any pause of the server's between cursors.
  const startedAt = Date.now();
  while (Date.now() - startedAt < 4_500) await busy.mutate("server:count", { name: "idle" });
  expect(device.framesFrom(from)).toEqual([]);
});

test("[SY16] a device that reads nothing delays nobody, and is brought up to date once it reads again", async () => {
  const room = newRoom();
  const [writer, reader, slow] = [await openDevice(room), await openDevice(room), await openDevice(room)];
  slow.setReading(false);
  // Far more than the system's buffers and what the deployment holds for one client.
  const text = "x".repeat(100_000);
  for (let at = 0; at < 150; at++) writer.queue("shared/messages:send", { room, body: `${at} ${text}` });
  await reader.until(() => reader.bodies(room).length === 150);
  expect((await writer.mutate("shared/messages:send", { room, body: "last" }))[1]).toBe("applied");
  expect(slow.bodies(room).length).toBeLessThan(150);
  slow.setReading(true);
  await slow.until(() => slow.bodies(room).length === 151 || slow.closed !== undefined);
  expect([slow.closed, slow.bodies(room).length]).toEqual([undefined, 151]);
  expect(slow.held.problems).toEqual([]);
  expect((await slow.mutate("shared/messages:send", { room, body: "from the slow one" }))[1]).toBe("applied");
});

test("[SY4] [SY20] a device that lost its socket in the middle of a burst misses nothing and doubles nothing", async () => {
  const room = newRoom();
  const device = await openDevice(room);
  const numbers: number[] = [];
  for (let at = 0; at < 60; at++) {
    numbers.push(device.queue("shared/messages:send", { room, body: `message ${at}` }));
    if (at % 10 !== 5) continue;
    device.disconnect();
    await device.connect(deployment.url);
  }
  await device.until(() => numbers.every((n) => device.outcomes.has(n)) || device.closed !== undefined);
  expect([device.closed, device.contradictions, device.held.problems]).toEqual([undefined, [], []]);
  const onServer = (await deployment.run("server:allMessages", { room })) as { body: string }[];
  expect(onServer.map(({ body }) => body).toSorted()).toEqual(numbers.map((_, at) => `message ${at}`).toSorted());
  expect(device.bodies(room)).toHaveLength(60);
});

test("[SY18] a nonce that is not the recorded one ends the socket with device_copied", async () => {
  const device = await openDevice();
  await device.mutate("server:count", { name: newRoom() });
  device.pushAgain(1, { nonce: "f".repeat(32) });
  await device.until(() => device.closed !== undefined);
  expect(device.closed).toMatchObject({ code: 4004, reason: "device_copied" });
});

test("[SY3] a known device without its token gets a new one for the same user", async () => {
  const device = await openDevice();
  const first = device.welcome?.identity;
  device.disconnect();
  device.token = undefined;
  const welcome = await device.connect(deployment.url);
  expect(welcome.token).toBeDefined();
  expect(welcome.identity).toEqual(first);
});
