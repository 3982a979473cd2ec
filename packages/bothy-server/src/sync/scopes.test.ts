import { expect, test } from "vitest";
import { connectDevice, openTestDeployment, settle, testSchema } from "./test-deployment.ts";
import { noteFunctions, roomOf } from "./test-notes.ts";
import { DeviceModel } from "../testing/index.ts";
import { bodiesOf, connectAuthor } from "./test-reader.ts";

test("[SY8] a scope's ranges are granted and sent whole, also those that it returns later", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  await write("put", { room: "lobby", rank: 1, body: "open" });
  await write("put", { room: "den", rank: 1, body: "secret" });
  const { client, userId } = await connectDevice(deployment);
  expect(client.pokes[0]?.header.grant?.map(([, spec, edge]) => [spec, edge])).toEqual([
    [{ table: "notes", index: "by_room", prefix: ["lobby"] }, null],
    [{ table: "members", index: "by_user", prefix: [userId] }, null],
  ]);
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["open"]);
  await write("join", { user: userId, room: "den" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["open", "secret"]);
  // The membership and what it grants arrive together, under one version.
  const last = client.pokes.at(-1);
  expect(last?.header.grant).toHaveLength(1);
  expect(last?.chunks).toHaveLength(2);
  await deployment.close();
});

test("[SY10] what a scope takes away is dropped in the very poke that says so", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const { client, userId } = await connectDevice(deployment);
  await write("join", { user: userId, room: "den" });
  await write("put", { room: "den", rank: 1, body: "secret" });
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["secret"]);
  await write("leave", { user: userId, room: "den" });
  const last = client.pokes.at(-1);
  expect(last?.header.drop).toHaveLength(1);
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([[], []]);
  await write("put", { room: "den", rank: 2, body: "later" });
  expect(JSON.stringify(client.messages)).not.toContain("later");
  await deployment.close();
});

test("[SY12] nothing newer than a write into a scope's read set goes out before the scope has run again; others don't wait", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const revoked = await connectDevice(deployment);
  const other = await connectDevice(deployment);
  for (const { userId } of [revoked, other]) await write("join", { user: userId, room: "den" });
  revoked.client.take();
  other.client.take();
  deployment.pool.hold("rooms");
  await write("leave", { user: revoked.userId, room: "den" });
  await write("put", { room: "den", rank: 1, body: "after the loss" });
  await write("put", { room: "lobby", rank: 1, body: "in the lobby" });
  expect(revoked.client.take()).toEqual([]);
  const told = other.client.take().filter(({ type }) => type === "poke");
  expect(JSON.stringify(told)).toContain("after the loss");
  expect(JSON.stringify(told)).toContain("in the lobby");
  deployment.pool.release("rooms");
  await settle();
  const pokes = revoked.client.pokes;
  expect(pokes.at(-1)?.header.drop).toHaveLength(1);
  expect(JSON.stringify(revoked.client.messages)).not.toContain("after the loss");
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(revoked.client.messages))).toEqual(["in the lobby"]);
  await deployment.close();
});

test("[SY12] a write into a scope's read set while the scope runs makes its devices wait for the next run", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const { client, userId } = await connectDevice(deployment);
  await write("join", { user: userId, room: "den" });
  await write("join", { user: userId, room: "attic" });
  client.take();
  deployment.pool.hold("rooms");
  await write("leave", { user: userId, room: "den" });
  // The run that is held has read nothing yet; one that began now would see both.
  await write("leave", { user: userId, room: "attic" });
  await write("put", { room: "attic", rank: 1, body: "secret" });
  deployment.pool.release("rooms");
  await settle();
  const drops = client.pokes.flatMap(({ header }) => header.drop ?? []);
  expect(drops).toHaveLength(2);
  expect(JSON.stringify(client.messages)).not.toContain("secret");
  await deployment.close();
});

test("[SY13] a scope that fails freezes its ranges: nothing new, nothing dropped; what it missed comes when it works again", async () => {
  let isBroken = false;
  const rooms = noteFunctions["rooms"];
  const deployment = await openTestDeployment({
    ...noteFunctions,
    rooms: {
      kind: "scope",
      run: (context) => {
        const ranges = rooms?.run(context) ?? [];
        if (isBroken) throw new Error("broken");
        return ranges;
      },
    },
  });
  const write = await connectAuthor(deployment);
  const { client, userId } = await connectDevice(deployment);
  await write("join", { user: userId, room: "den" });
  const gone = await write("put", { room: "den", rank: 1, body: "first" });
  isBroken = true;
  await write("leave", { user: userId, room: "den" });
  expect(client.messages.at(-1)).toEqual({ type: "scope", name: "rooms", state: "failed" });
  await write("put", { room: "den", rank: 2, body: "unseen" });
  await write("put", { room: "lobby", rank: 2, body: "seen" });
  let model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect(bodiesOf(model)).toEqual(["first", "seen"]);
  await write("remove", { id: gone });
  await write("join", { user: userId, room: "den" });
  client.take();
  deployment.clock.advance(10_000);
  await settle();
  expect(client.take().filter(({ type }) => type === "cursor")).toEqual([]);
  isBroken = false;
  await write("join", { user: userId, room: "attic" });
  expect(client.messages).toContainEqual({ type: "scope", name: "rooms", state: "ok" });
  model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([["seen", "unseen"], []]);
  await deployment.close();
});

test("[SY13] a scope that fails before it ever returned is told before the first poke, which grants what the others say", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    rooms: {
      kind: "scope",
      run: () => [{ table: "missing", index: "by_id", prefix: [] }],
    },
  });
  const { client } = await connectDevice(deployment);
  expect(client.messages.map(({ type }) => type)).toEqual(["welcome", "scope", "poke", "cursor", "check"]);
  expect(client.pokes[0]?.header.grant).toHaveLength(1);
  await deployment.close();
});

test("[SY12] new functions are asked before anything else is sent", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment);
  await write("put", { room: "lobby", rank: 1, body: "open" });
  const { lobby: _, ...withoutLobby } = noteFunctions;
  deployment.pool.reload({ ...withoutLobby, attic: { kind: "scope", run: () => [roomOf("attic")] } });
  await settle();
  await write("put", { room: "lobby", rank: 2, body: "closed" });
  await write("put", { room: "attic", rank: 2, body: "new" });
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([["new"], []]);
  expect(JSON.stringify(client.messages)).not.toContain("closed");
  await deployment.close();
});

test("[SY7] a row that leaves one range and stays in another stays", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    all: { kind: "scope", run: () => [roomOf("lobby"), roomOf("den")] },
  });
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment);
  const id = await write("put", { room: "lobby", rank: 1, body: "wanders" });
  await write("move", { id, room: "den", rank: 1 });
  const [poke] = client.pokes.slice(-1);
  expect(poke?.chunks.map(([, rows, gone]) => [rows.length, gone.length])).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["wanders"]);
  await deployment.close();
});

test("a scope that does not ask who is calling runs once for all devices", async () => {
  const deployment = await openTestDeployment({ lobby: { kind: "scope", run: () => [roomOf("lobby")] } });
  for (let i = 0; i < 5; i++) await connectDevice(deployment);
  expect(deployment.pool.calls).toEqual(["lobby"]);
  expect(deployment.sync.counts()).toMatchObject({ devices: 5, ranges: 1 });
  await deployment.close();
});

test("[SY26] a server-only query is told again when its result has changed, and not when a commit left it the same", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment);
  const resultsOf = () =>
    client.messages.flatMap((message) => (message.type === "result" ? [[message.query, message.value]] : []));
  client.send({ type: "subscribe", query: 7, name: "count", args: { room: "den" } });
  await settle();
  expect(resultsOf()).toEqual([[7, 0]]);
  const id = await write("put", { room: "den", rank: 1, body: "x" });
  expect(resultsOf()).toEqual([
    [7, 0],
    [7, 1],
  ]);
  await write("move", { id, room: "den", rank: 2 });
  await write("put", { room: "lobby", rank: 2, body: "y" });
  expect(deployment.pool.calls.filter((name) => name === "count")).toHaveLength(3);
  expect(resultsOf()).toHaveLength(2);
  client.send({ type: "unsubscribe", query: 7 });
  await write("put", { room: "den", rank: 3, body: "z" });
  expect(deployment.pool.calls.filter((name) => name === "count")).toHaveLength(3);
  await deployment.close();
});

test("[SY26] a result is not newer than what the device was told: it waits for the scopes as pokes do", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const { client, userId } = await connectDevice(deployment);
  client.send({ type: "subscribe", query: 1, name: "count", args: { room: "den" } });
  await settle();
  deployment.pool.hold("rooms");
  await write("join", { user: userId, room: "den" });
  await write("put", { room: "den", rank: 1, body: "x" });
  client.take();
  expect(client.take()).toEqual([]);
  deployment.pool.release("rooms");
  await settle();
  expect(client.take().map(({ type }) => type)).toEqual(["poke", "result"]);
  await deployment.close();
});

test("[SY26] a query that fails, is missing or is one too many is told, and ends nothing", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { queriesMax: 2 } });
  const { client } = await connectDevice(deployment);
  client.take();
  client.send({ type: "subscribe", query: 1, name: "missing", args: {} });
  client.send({ type: "subscribe", query: 2, name: "put", args: {} });
  client.send({ type: "subscribe", query: 3, name: "count", args: {} });
  client.send({ type: "subscribe", query: 2, name: "count", args: {} });
  await settle();
  expect(client.take()).toMatchObject([
    { type: "error", isFatal: false, query: 3, error: { code: "limit_exceeded" } },
    { type: "error", isFatal: false, query: 2, error: { code: "frame_invalid" } },
    { type: "result", query: 1, error: { code: "function_missing" } },
    { type: "result", query: 2, error: { code: "function_wrong_kind" } },
  ]);
  expect(client.closed).toBeUndefined();
  await deployment.close();
});
