import { BothyError, compareText, rangeSpecToJson, rangeTag } from "bothy/internal";
import { expect, test } from "vitest";
import { createMemoryDisk } from "../base/index.ts";
import { connectDevice, newDevice, openTestDeployment, settle, testSchema } from "./test-deployment.ts";
import type { TestClient } from "./test-deployment.ts";
import type { TestFunction } from "./test-functions.ts";
import { field, noteFunctions, roomOf, textOf } from "./test-notes.ts";
import { DeviceModel } from "../testing/index.ts";
import { bodiesOf, connectAuthor } from "./test-reader.ts";

/** Everybody may ask for any room by its name. */
const room: TestFunction = {
  kind: "scope",
  isOnDemand: true,
  run: ({ args }) => {
    if (field(args, "room") === "undefined")
      throw new BothyError("arguments_invalid", { message: "There is no room.", fix: "Name one." });
    return [roomOf(field(args, "room"))];
  },
};

const functions: Readonly<Record<string, TestFunction>> = { ...noteFunctions, room };

const heldOf = (client: TestClient) => client.pokes.flatMap(({ header }) => header.held ?? []);

test("[SY45] [SY47] a scope with arguments is held by who asks for it, who is told when everything is there, and lets it go", async () => {
  const deployment = await openTestDeployment(functions);
  const write = await connectAuthor(deployment);
  await write("put", { room: "den", rank: 1, body: "secret" });
  const { client } = await connectDevice(deployment);
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual([]);
  client.send({ type: "hold", hold: 1, name: "room", args: { room: "den" } });
  client.send({ type: "hold", hold: 2, name: "room", args: { room: "den" } });
  await settle();
  await write("put", { room: "den", rank: 2, body: "later" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["later", "secret"]);
  expect(heldOf(client)).toEqual([
    [1, null],
    [2, null],
  ]);
  // The rows and the word that they are all there come in one poke.
  const told = client.pokes.find(({ header }) => header.held !== undefined);
  expect(told?.chunks).toHaveLength(1);
  client.send({ type: "release", hold: 1 });
  client.send({ type: "release", hold: 7 });
  await settle();
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["later", "secret"]);
  client.send({ type: "release", hold: 2 });
  await settle();
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([[], []]);
  await deployment.close();
});

test("[SY45] equal holds of all devices are run once, and every other argument is a run of its own", async () => {
  const deployment = await openTestDeployment(functions);
  const clients = [];
  for (let at = 0; at < 3; at++) clients.push((await connectDevice(deployment)).client);
  deployment.pool.calls.length = 0;
  for (const client of clients) client.send({ type: "hold", hold: 1, name: "room", args: { room: "den" } });
  clients[0]?.send({ type: "hold", hold: 2, name: "room", args: { room: "attic" } });
  await settle();
  // The first three came before anybody knew that the caller does not matter.
  expect(deployment.pool.calls.filter((name) => name === "room").length).toBeLessThanOrEqual(4);
  deployment.pool.calls.length = 0;
  const { client } = await connectDevice(deployment);
  client.send({ type: "hold", hold: 1, name: "room", args: { room: "den" } });
  await settle();
  expect(deployment.pool.calls.filter((name) => name === "room")).toEqual([]);
  expect(heldOf(client)).toEqual([[1, null]]);
  await deployment.close();
});

test("[SY46] a hold that the hello names is in the first poke: what is held is kept, and nothing is sent again", async () => {
  const deployment = await openTestDeployment(functions);
  const write = await connectAuthor(deployment);
  await write("put", { room: "den", rank: 1, body: "secret" });
  const device = newDevice();
  const holds = [{ hold: 5, name: "room", args: { room: "den" } }];
  const { client } = await connectDevice(deployment, device, { holds });
  expect(client.pokes).toHaveLength(1);
  expect(client.pokes[0]?.header.held).toEqual([[5, null]]);
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  client.disconnect();
  deployment.pool.hold("room");
  const greeted = connectDevice(deployment, device, { ...model.connect(), holds });
  await settle();
  deployment.pool.release("room");
  const again = await greeted;
  const first = again.client.pokes[0];
  expect([first?.header.since, first?.header.without, first?.header.grant]).toEqual([
    model.cursor?.version,
    undefined,
    undefined,
  ]);
  expect([first?.chunks, first?.header.held]).toEqual([[], [[5, null]]]);
  expect(bodiesOf(model.receiveAll(again.client.messages))).toEqual(["secret"]);
  again.client.disconnect();
  // One that the hello does not name any more is let go.
  const without = await connectDevice(deployment, device, model.connect());
  expect(bodiesOf(model.receiveAll(without.client.messages))).toEqual([]);
  await deployment.close();
});

test("[SY48] wrong arguments, an unknown scope, one that takes none and one too many are told to that hold, and end nothing", async () => {
  const deployment = await openTestDeployment(functions, { limits: { holdsMax: 4, holdsBytes: 60 } });
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment);
  client.take();
  client.send({ type: "hold", hold: 1, name: "room", args: {} });
  client.send({ type: "hold", hold: 2, name: "none", args: {} });
  client.send({ type: "hold", hold: 3, name: "lobby", args: {} });
  client.send({ type: "hold", hold: 4, name: "count", args: { room: "lobby" } });
  client.send({ type: "hold", hold: 5, name: "room", args: { room: "den" } });
  client.send({ type: "release", hold: 4 });
  client.send({ type: "hold", hold: 6, name: "room", args: { room: "a".repeat(60) } });
  client.send({ type: "hold", hold: 1, name: "room", args: {} });
  await settle();
  const told = client.take().flatMap((message) => (message.type === "scope" ? [message] : []));
  expect(told.map(({ hold, state, error }) => `${hold} ${state} ${error?.code}`).toSorted(compareText)).toEqual([
    "1 failed arguments_invalid",
    "1 refused frame_invalid",
    "2 failed function_missing",
    "3 failed function_wrong_kind",
    "5 refused limit_exceeded",
    "6 refused limit_exceeded",
  ]);
  await write("put", { room: "lobby", rank: 1, body: "open" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["open"]);
  expect(client.closed).toBeUndefined();
  await deployment.close();
});

test("[SY49] nothing waits for a scope that is new to a device, and everything for one that it holds", async () => {
  const deployment = await openTestDeployment(functions);
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment);
  deployment.pool.hold("room");
  client.send({ type: "hold", hold: 1, name: "room", args: { room: "den" } });
  await write("put", { room: "lobby", rank: 1, body: "open" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["open"]);
  deployment.pool.release("room");
  await settle();
  expect(heldOf(client)).toEqual([[1, null]]);
  // Other code may mean something else: now it is waited for.
  deployment.pool.hold("room");
  deployment.pool.reload(functions);
  await write("put", { room: "den", rank: 1, body: "secret" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["open"]);
  deployment.pool.release("room");
  await settle();
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["open", "secret"]);
  await deployment.close();
});

test("[SY13] a hold whose scope fails, or is gone after a deploy, freezes its ranges and is told; they follow again when it works", async () => {
  const deployment = await openTestDeployment(functions);
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment, newDevice(), {
    holds: [{ hold: 1, name: "room", args: { room: "den" } }],
  });
  await write("put", { room: "den", rank: 1, body: "first" });
  const { room: _, ...without } = functions;
  deployment.pool.reload(without);
  await settle();
  expect(client.messages.findLast(({ type }) => type === "scope")).toMatchObject({
    name: "room",
    state: "failed",
    hold: 1,
    error: { code: "function_missing" },
  });
  await write("put", { room: "den", rank: 2, body: "unseen" });
  await write("put", { room: "lobby", rank: 2, body: "seen" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["first", "seen"]);
  deployment.pool.reload(functions);
  await settle();
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([["first", "seen", "unseen"], []]);
  expect(heldOf(client)).toEqual([
    [1, null],
    [1, null],
  ]);
  await deployment.close();
});

test("[SY10] a hold loses what its scope no longer grants in the poke of the commit that took it away", async () => {
  const deployment = await openTestDeployment({
    ...functions,
    room: {
      kind: "scope",
      isOnDemand: true,
      run: ({ args, identity, read }) => {
        const rooms = read({ table: "members", index: "by_user", prefix: [identity?.subject ?? ""] });
        const mine = rooms.some((member) => textOf(member, "room") === field(args, "room"));
        return mine ? [roomOf(field(args, "room"))] : [];
      },
    },
    rooms: { kind: "scope", run: () => [] },
  });
  const write = await connectAuthor(deployment);
  const { client, userId } = await connectDevice(deployment);
  client.send({ type: "hold", hold: 1, name: "room", args: { room: "den" } });
  await settle();
  // Nothing is granted, and that is all there is.
  expect(heldOf(client)).toEqual([[1, null]]);
  await write("join", { user: userId, room: "den" });
  await write("put", { room: "den", rank: 1, body: "secret" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["secret"]);
  await write("leave", { user: userId, room: "den" });
  expect(client.pokes.at(-1)?.header.drop).toHaveLength(1);
  await write("put", { room: "den", rank: 2, body: "unseen" });
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([[], []]);
  expect(JSON.stringify(client.messages)).not.toContain("unseen");
  await deployment.close();
});

test("[SY52] ranges come with the longest lease of the scopes that grant them, and are told when it is another", async () => {
  const leased = { ...room, leaseMs: 60_000 };
  const deployment = await openTestDeployment({ ...functions, leased, longer: { ...room, leaseMs: 90_000 } });
  const { client } = await connectDevice(deployment, newDevice(), {
    holds: [
      { hold: 1, name: "leased", args: { room: "den" } },
      { hold: 2, name: "leased", args: { room: "lobby" } },
    ],
  });
  const header = client.pokes[0]?.header;
  const den = header?.grant?.find(([, spec]) => JSON.stringify(spec).includes("den"))?.[0] ?? 0;
  expect(header?.leases).toEqual([[60_000, [den]]]);
  expect(header?.held).toEqual([
    [1, 60_000],
    [2, 60_000],
  ]);
  client.send({ type: "hold", hold: 3, name: "longer", args: { room: "den" } });
  await settle();
  expect(client.pokes.at(-1)?.header).toMatchObject({ leases: [[90_000, [den]]], held: [[3, 90_000]] });
  client.send({ type: "hold", hold: 4, name: "room", args: { room: "den" } });
  await settle();
  expect(client.pokes.at(-1)?.header).toMatchObject({ leases: [[null, [den]]], held: [[4, null]] });
  client.send({ type: "release", hold: 4 });
  client.send({ type: "release", hold: 3 });
  await settle();
  expect(client.pokes.at(-1)?.header.leases).toEqual([[60_000, [den]]]);
  await deployment.close();
});

test("[SY12] [SY46] a device that was away finds what its hold lost gone in its first poke, and nothing newer in it", async () => {
  const mine: TestFunction = {
    kind: "scope",
    isOnDemand: true,
    run: ({ args, identity, read }) => {
      const rooms = read({ table: "members", index: "by_user", prefix: [identity?.subject ?? ""] });
      return rooms.some((member) => textOf(member, "room") === field(args, "room"))
        ? [roomOf(field(args, "room"))]
        : [];
    },
  };
  const disk = createMemoryDisk();
  const only = { ...noteFunctions, mine, rooms: { kind: "scope", run: () => [] } } as const;
  const deployment = await openTestDeployment(only, { disk });
  const write = await connectAuthor(deployment);
  const device = newDevice();
  const holds = [{ hold: 1, name: "mine", args: { room: "den" } }];
  const { client, userId } = await connectDevice(deployment, device, { holds });
  await write("join", { user: userId, room: "den" });
  await write("put", { room: "den", rank: 1, body: "secret" });
  deployment.clock.advance(2_000);
  await settle();
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect(bodiesOf(model)).toEqual(["secret"]);
  client.disconnect();
  await write("leave", { user: userId, room: "den" });
  await write("put", { room: "den", rank: 2, body: "unseen" });
  const again = await connectDevice(deployment, device, { ...model.connect(), holds });
  expect(bodiesOf(model.receiveAll(again.client.messages))).toEqual([]);
  expect(JSON.stringify(again.client.messages)).not.toContain("unseen");
  expect(again.client.pokes[0]?.header.held).toEqual([[1, null]]);
  await deployment.close();
  // The same after a restart of the server, whose scope then fails: it says so before anything else.
  const failing = { ...only, mine: { ...mine, run: () => [{ table: "missing", index: "by_id", prefix: [] }] } };
  const later = await openTestDeployment(failing, { disk });
  const third = await connectDevice(later, device, { ...model.connect(), holds });
  expect(third.client.messages.map(({ type }) => type).slice(0, 3)).toEqual(["welcome", "scope", "poke"]);
  expect(third.client.pokes[0]?.header.held).toBeUndefined();
  await later.close();
});

test("[SY7] [SY10] of a range inside another the rows stay when the outer one is dropped, and the other way around", async () => {
  const inner: TestFunction = {
    kind: "scope",
    isOnDemand: true,
    run: () => [{ ...roomOf("den"), lower: { value: 5, isInclusive: true } }],
  };
  const top: TestFunction = { kind: "scope", isOnDemand: true, run: () => [{ ...roomOf("den"), newest: 1 }] };
  const deployment = await openTestDeployment({ ...functions, inner, top });
  const write = await connectAuthor(deployment);
  for (const rank of [1, 5, 9]) await write("put", { room: "den", rank, body: `note ${rank}` });
  const { client } = await connectDevice(deployment);
  const ask = async (hold: number, name: string): Promise<readonly string[]> => {
    client.send({ type: "hold", hold, name, args: { room: "den" } });
    await settle();
    return bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages));
  };
  const leave = async (hold: number): Promise<readonly string[]> => {
    client.send({ type: "release", hold });
    await settle();
    return bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages));
  };
  expect(await ask(1, "room")).toEqual(["note 1", "note 5", "note 9"]);
  expect(await ask(2, "inner")).toEqual(["note 1", "note 5", "note 9"]);
  expect(await ask(3, "top")).toEqual(["note 1", "note 5", "note 9"]);
  expect(await leave(1)).toEqual(["note 5", "note 9"]);
  expect(await leave(2)).toEqual(["note 9"]);
  await write("put", { room: "den", rank: 12, body: "note 12" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toContain("note 12");
  expect(await ask(4, "inner")).toEqual(["note 12", "note 5", "note 9"]);
  expect(await leave(3)).toEqual(["note 12", "note 5", "note 9"]);
  expect(await leave(4)).toEqual([]);
  expect(new DeviceModel(testSchema).receiveAll(client.messages).problems).toEqual([]);
  await deployment.close();
});

test("[SY55] a range that the device has dropped of its own accord is sent whole, and the others are kept", async () => {
  const deployment = await openTestDeployment(functions);
  const write = await connectAuthor(deployment);
  await write("put", { room: "den", rank: 1, body: "secret" });
  await write("put", { room: "lobby", rank: 1, body: "open" });
  const device = newDevice();
  const holds = [{ hold: 1, name: "room", args: { room: "den" } }];
  const { client } = await connectDevice(deployment, device, { holds });
  const { cursor, ...more } = new DeviceModel(testSchema).receiveAll(client.messages).connect();
  if (cursor === undefined) throw new Error("there is no cursor");
  client.disconnect();
  const [den = "", lobby = ""] = ["den", "lobby"].map((room) => rangeTag(rangeSpecToJson(roomOf(room))));
  const place = cursor.ranges.findIndex(([tag]) => tag === den);
  expect(cursor.ranges.map(([tag]) => tag)).toContain(lobby);
  const again = await connectDevice(deployment, device, { ...more, cursor: { ...cursor, lost: [place] }, holds });
  const [poke] = again.client.pokes;
  expect(poke?.header.grant?.map(([, spec]) => spec)).toEqual([rangeSpecToJson(roomOf("den"))]);
  expect([poke?.header.since, JSON.stringify(poke?.chunks)]).toEqual([
    cursor.version,
    expect.stringContaining("secret"),
  ]);
  expect(JSON.stringify(poke?.chunks)).not.toContain("open");
  expect(poke?.header.without ?? []).toEqual([]);
  await deployment.close();
});
