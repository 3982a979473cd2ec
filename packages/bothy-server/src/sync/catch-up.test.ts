import { expect, test } from "vitest";
import { compareText } from "bothy/internal";
import { createMemoryDisk, createSeededRandom } from "../base/index.ts";
import { connectDevice, helloOf, newDevice, openTestDeployment, settle, testSchema, until } from "./test-deployment.ts";
import type { TestDeployment } from "./test-deployment.ts";
import { DeviceModel } from "../testing/index.ts";
import { field, noteFunctions, roomOf } from "./test-notes.ts";
import { connectAuthor, Reader, wayOf } from "./test-reader.ts";

const newReader = (): Reader<DeviceModel> => new Reader(new DeviceModel(testSchema));

test("[SY9] a device that comes back is sent what changed since its cursor, and nothing else", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const reader = newReader();
  await write("put", { room: "lobby", rank: 1, body: "stays" });
  const changes = await write("put", { room: "lobby", rank: 2, body: "changes" });
  const leaves = await write("put", { room: "lobby", rank: 3, body: "leaves" });
  const goes = await write("put", { room: "lobby", rank: 4, body: "goes" });
  await reader.connect(deployment);
  await reader.seal(deployment);
  reader.client?.disconnect();
  await write("move", { id: changes, room: "lobby", rank: 9 });
  await write("move", { id: leaves, room: "den", rank: 1 });
  await write("remove", { id: goes });
  const passing = await write("put", { room: "lobby", rank: 5, body: "passes" });
  await write("remove", { id: passing });
  await write("put", { room: "lobby", rank: 6, body: "comes" });
  const client = await reader.connect(deployment);
  const [poke] = client.pokes;
  expect(poke?.header.since).toBe(reader.model.cursor?.version === undefined ? 0 : poke?.header.since);
  expect(wayOf(poke)).toBe("kept");
  expect(poke?.chunks).toHaveLength(1);
  const [, rows, gone] = poke?.chunks[0] ?? [0, [], []];
  expect(rows.map(([, document]) => field(document, "body")).toSorted(compareText)).toEqual(["changes", "comes"]);
  // What came and went while the device was away is none of its business.
  expect(gone.toSorted(compareText)).toEqual([goes, leaves].toSorted(compareText));
  expect([reader.bodies, reader.model.problems]).toEqual([["changes", "comes", "stays"], []]);
  await deployment.close();
});

test("[SY9] rows that were stored before the cursor that proves them don't outlive their end", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  await write("put", { room: "lobby", rank: 0, body: "sealed" });
  // Poked, but not yet sealed.
  const id = await write("put", { room: "lobby", rank: 1, body: "unsealed" });
  await write("put", { room: "lobby", rank: 2, body: "also" });
  expect(reader.bodies).toEqual(["also", "sealed", "unsealed"]);
  reader.client?.disconnect();
  await write("remove", { id });
  const client = await reader.connect(deployment);
  expect(client.pokes[0]?.chunks.flatMap(([, , gone]) => gone)).toEqual([]);
  expect(reader.bodies).toEqual(["also", "sealed"]);
  await deployment.close();
});

test("[SY9] nothing changed: the answer names the ranges and nothing more", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  await write("put", { room: "lobby", rank: 1, body: "x" });
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  const client = await reader.connect(deployment);
  expect(client.pokes).toHaveLength(1);
  expect(client.pokes[0]?.chunks).toEqual([]);
  expect(reader.bodies).toEqual(["x"]);
  await deployment.close();
});

test("[SY10] a range that was revoked while the device was away is not granted again, and its rows go", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const reader = newReader();
  await reader.connect(deployment);
  await write("join", { user: reader.userId, room: "den" });
  await write("put", { room: "den", rank: 1, body: "secret" });
  await reader.seal(deployment);
  expect(reader.bodies).toContain("secret");
  reader.client?.disconnect();
  await write("leave", { user: reader.userId, room: "den" });
  await write("put", { room: "den", rank: 2, body: "later" });
  const client = await reader.connect(deployment);
  expect(JSON.stringify(client.messages)).not.toContain("later");
  expect(reader.bodies).toEqual([]);
  await deployment.close();
});

test("[SY15] a cursor follows a poke at rest, at most every two seconds", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const { client } = await connectDevice(deployment);
  const cursors = () => client.messages.flatMap((message) => (message.type === "cursor" ? [message.version] : []));
  expect(cursors()).toEqual([client.pokes[0]?.header.to]);
  for (let i = 0; i < 3; i++) await write("put", { room: "lobby", rank: i, body: "x" });
  expect(cursors()).toHaveLength(1);
  deployment.clock.advance(2_000);
  await settle();
  expect(cursors().slice(1)).toEqual([client.pokes.at(-1)?.header.to]);
  deployment.clock.advance(10_000);
  await settle();
  expect(cursors()).toHaveLength(2);
  await write("put", { room: "lobby", rank: 9, body: "x" });
  expect(cursors()).toHaveLength(3);
  await deployment.close();
});

test("[SY15] a cursor that the deployment did not seal for this device, user and list is ignored: everything is sent whole", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  const { cursor } = reader.model;
  // Another device of the same user.
  const other = newReader();
  Object.assign(other.device, { token: reader.device.token });
  await other.connect(deployment);
  if (!cursor || !other.model.cursor) throw new Error("no cursor");
  const [first, ...rest] = cursor.ranges;
  const forged: readonly (typeof cursor)[] = [
    { ...cursor, version: cursor.version - 1 },
    { ...cursor, ranges: rest },
    { ...cursor, ranges: [...cursor.ranges, ["0123456789abcdef", null]] },
    { ...cursor, ranges: [[first?.[0] ?? "", "edge"], ...rest] },
    { ...cursor, seal: cursor.seal.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) },
    { ...cursor, seal: "nonsense" },
    { ...cursor, seal: `.${"0".repeat(64)}` },
    other.model.cursor,
  ];
  const epoch = deployment.engine.epoch;
  for (const wrong of forged) {
    const client = await reader.connect(deployment, { cursor: wrong });
    expect(wayOf(client.pokes[0])).toBe("2 whole");
  }
  expect(deployment.engine.epoch).toBe(epoch);
  const genuine = await reader.connect(deployment, { cursor: { ...cursor, ranges: [...cursor.ranges].reverse() } });
  expect(wayOf(genuine.pokes[0])).toBe("kept");
  await deployment.close();
});

test("[SY23, SY24] a genuine cursor that the log cannot contain opens one new epoch, and everything is sent whole", async () => {
  const disk = createMemoryDisk();
  let deployment = await openTestDeployment(noteFunctions, { disk });
  const write = await connectAuthor(deployment);
  const early = [newReader(), newReader()];
  const backup: [string, Uint8Array][] = [];
  await write("put", { room: "lobby", rank: 1, body: "old" });
  const users: ReturnType<typeof newReader>[] = [...early];
  for (const reader of users) await reader.connect(deployment);
  await settle();
  const copy = async (folder: string): Promise<void> => {
    for (const name of await disk.list(folder)) {
      const path = `${folder}/${name}`;
      const bytes = await disk.read(path).catch(() => undefined);
      if (bytes && (await disk.stat(path))?.isFolder !== true) backup.push([path, bytes]);
      else await copy(path);
    }
  };
  await copy("/folder");
  await write("put", { room: "lobby", rank: 2, body: "lost" });
  for (const reader of users) await reader.seal(deployment);
  const epoch = deployment.engine.epoch;
  await deployment.close();
  await disk.remove("/folder");
  for (const [path, bytes] of backup) {
    await disk.makeFolder(path.slice(0, path.lastIndexOf("/")));
    await disk.writeAtomic(path, bytes);
  }
  deployment = await openTestDeployment(noteFunctions, { disk, seed: 2 });
  expect(deployment.engine.epoch).toBe(epoch);
  // Both find it out before either has had the new epoch written.
  let openings = 0;
  let sync = (): void => undefined;
  const { engine } = deployment;
  const openEpoch = engine.openEpoch.bind(engine);
  Object.assign(engine, { openEpoch: () => (openings++, openEpoch()) });
  disk.before = ({ kind }) => (kind === "sync" ? new Promise<void>((resolve) => (sync = resolve)) : undefined);
  const connecting = Promise.all(users.map((reader) => reader.connect(deployment)));
  await until(() => openings > 0);
  for (let i = 0; i < 20; i++) await settle();
  disk.before = () => undefined;
  sync();
  await connecting;
  expect(openings).toBe(1);
  const { epoch: next } = deployment.engine;
  expect(next).not.toBe(epoch);
  for (const reader of users) {
    expect(reader.client?.messages[0]).toMatchObject({ type: "welcome", epoch: next });
    expect(wayOf(reader.client?.pokes[0])).toBe("2 whole");
    expect(reader.bodies).toEqual(["old"]);
  }
  await connectAgain(deployment, users);
  expect(deployment.engine.epoch).toBe(next);
  await deployment.close();
});

test("[SY24] a crash loses nothing that a cursor proves, and opens no epoch", async () => {
  const disk = createMemoryDisk();
  const crashed = await openTestDeployment(noteFunctions, { disk });
  const write = await connectAuthor(crashed);
  const reader = newReader();
  await reader.connect(crashed);
  await write("put", { room: "lobby", rank: 1, body: "kept" });
  await reader.seal(crashed);
  const { epoch, durableVersion } = crashed.engine;
  disk.before = ({ kind }) => (kind === "sync" ? new Promise<void>(() => undefined) : undefined);
  void write("put", { room: "lobby", rank: 2, body: "never synced" });
  await until(() => crashed.engine.version > durableVersion);
  disk.crash(createSeededRandom(1));
  disk.before = () => undefined;
  const deployment = await openTestDeployment(noteFunctions, { disk, seed: 2 });
  const client = await reader.connect(deployment);
  expect(client.messages[0]).toMatchObject({ type: "welcome", epoch });
  expect(wayOf(client.pokes[0])).toBe("kept");
  expect(reader.bodies).toContain("kept");
  await deployment.close();
});

/** Coming back once more opens no further epoch. */
async function connectAgain(deployment: TestDeployment, users: readonly ReturnType<typeof newReader>[]): Promise<void> {
  for (const reader of users) await reader.connect(deployment);
}

test("[SY16] a client that does not read is sent no more pokes, and is brought up to date by the books once it reads", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { changesMax: 2 } });
  const write = await connectAuthor(deployment);
  const reader = newReader();
  const client = await reader.connect(deployment);
  const first = await write("put", { room: "lobby", rank: 0, body: "first" });
  reader.read();
  client.bufferedBytes = 2_000_000;
  client.take();
  for (let i = 1; i <= 4; i++) await write("put", { room: "lobby", rank: i, body: `note ${i}` });
  await write("remove", { id: first });
  expect(client.take()).toEqual([]);
  client.drain();
  await settle();
  expect(client.takePokes()).toHaveLength(1);
  expect([reader.bodies, reader.model.problems]).toEqual([["note 1", "note 2", "note 3", "note 4"], []]);
  await write("put", { room: "lobby", rank: 9, body: "next" });
  expect(reader.bodies).toContain("next");
  await deployment.close();
});

test("[SY16] a client that reads nothing for 30 s is ended; one that reads slowly is not", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const write = await connectAuthor(deployment);
  const [slow, stuck] = [await connectDevice(deployment), await connectDevice(deployment)];
  // The last poke before the bound is what fills the buffer.
  for (const { client } of [slow, stuck]) {
    const send = client.socket.send.bind(client.socket);
    Object.assign(client.socket, { send: (text: string) => (send(text), (client.bufferedBytes = 2_000_000)) });
  }
  await write("put", { room: "lobby", rank: 1, body: "x" });
  for (let i = 0; i < 7; i++) {
    deployment.clock.advance(5_000);
    if (slow.client.bufferedBytes > 1_100_000) slow.client.bufferedBytes -= 100_000;
    slow.client.send({ type: "pong" });
    await settle();
  }
  expect([stuck.client.error, stuck.client.closed?.code]).toEqual(["client_too_slow", 4006]);
  expect(slow.client.closed).toBeUndefined();
  await deployment.close();
});

test("[SY6, SY16] a large range comes in parts, which stop while the client does not read and count only together", async () => {
  const deployment = await openTestDeployment(noteFunctions, { limits: { partBytes: 2_000, unsentBytes: 6_000 } });
  const write = await connectAuthor(deployment);
  for (let i = 0; i < 100; i++) await write("put", { room: "lobby", rank: i, body: "b".repeat(100) });
  const client = deployment.connect();
  const send = client.socket.send.bind(client.socket);
  Object.assign(client.socket, { send: (text: string) => (send(text), (client.bufferedBytes += text.length)) });
  client.send(helloOf(newDevice()));
  await until(() => client.bufferedBytes >= 6_000);
  await settle();
  expect(client.pokes.every(({ header }) => header.more === true)).toBe(true);
  expect(client.bufferedBytes).toBeLessThan(10_000);
  // A commit lands in the middle; it belongs to the next poke.
  await write("put", { room: "lobby", rank: 1_000, body: "meanwhile" });
  for (let i = 0; i < 20; i++) {
    client.drain();
    await settle();
  }
  const model = new DeviceModel(testSchema);
  for (const message of client.messages) model.receive(message);
  expect([model.rows.size, model.problems]).toEqual([101, []]);
  const ends = client.pokes.filter(({ header }) => header.more !== true);
  expect(ends).toHaveLength(2);
  await deployment.close();
});

test("[SY11] a window holds its newest rows, moves down when they leave and up when there are twice as many", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    lobby: { kind: "scope", run: () => [{ ...roomOf("lobby"), newest: 3 }] },
  });
  const write = await connectAuthor(deployment);
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.push(await write("put", { room: "lobby", rank: i, body: `note ${i}` }));
  const reader = newReader();
  await reader.connect(deployment);
  expect(reader.bodies).toEqual(["note 4", "note 5", "note 6"]);
  await write("remove", { id: ids[6] ?? "" });
  expect(reader.bodies).toEqual(["note 3", "note 4", "note 5"]);
  await write("move", { id: ids[0] ?? "", room: "lobby", rank: 0.5 });
  expect(reader.bodies).toEqual(["note 3", "note 4", "note 5"]);
  // Rows below the edge are nobody's business.
  expect(JSON.stringify(reader.client?.messages)).not.toContain("note 0");
  for (let i = 10; i < 14; i++) await write("put", { room: "lobby", rank: i, body: `note ${i}` });
  expect(reader.bodies).toEqual(["note 11", "note 12", "note 13"]);
  await reader.seal(deployment);
  await write("remove", { id: ids[4] ?? "" });
  const client = await reader.connect(deployment);
  expect(wayOf(client.pokes[0])).toBe("kept");
  expect([reader.bodies, reader.model.problems]).toEqual([["note 11", "note 12", "note 13"], []]);
  await deployment.close();
});

test("[SY11] a row that falls below a rising edge in the very commit that raises it leaves the device", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    lobby: { kind: "scope", run: () => [{ ...roomOf("lobby"), newest: 2 }] },
    shuffle: {
      kind: "mutation",
      run: ({ args, patch, insert }) => {
        patch("notes", String(Reflect.get(Object(args), "id")), { rank: 1.5 });
        return insert("notes", { room: "lobby", rank: 9, body: "note 9" });
      },
    },
  });
  const write = await connectAuthor(deployment);
  const reader = newReader();
  await reader.connect(deployment);
  for (let i = 1; i <= 3; i++) await write("put", { room: "lobby", rank: i, body: `note ${i}` });
  const id = await write("put", { room: "lobby", rank: 4, body: "falls" });
  expect(reader.bodies).toHaveLength(4);
  await write("shuffle", { id });
  expect([reader.bodies, reader.model.problems]).toEqual([["note 3", "note 9"], []]);
  await deployment.close();
});
