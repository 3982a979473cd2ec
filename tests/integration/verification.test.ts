import { cp, rm } from "node:fs/promises";
import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { createMemoryDisk, openMemoryStorage } from "bothy/storage/memory";
import type { MemoryDisk } from "bothy/storage/memory";
import { afterEach, expect, test } from "vitest";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { freePort, makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";

type SocketClass = new (url: string) => globalThis.WebSocket;
type Pair = readonly [version: number, document: { readonly _id: string; readonly body?: string }];

const plainSocket = WebSocket as unknown as SocketClass;
const clients = new Set<BothyClient>();
const deployments = new Set<Deployment>();

afterEach(async () => {
  for (const client of clients) await client.close();
  for (const deployment of deployments) await deployment.stop();
  clients.clear();
  deployments.clear();
});

async function start(options: Parameters<typeof startDeployment>[0] = {}): Promise<Deployment> {
  const deployment = await startDeployment(options);
  deployments.add(deployment);
  return deployment;
}

function openClient(url: string, disk: MemoryDisk, webSocket = plainSocket): BothyClient {
  const client = createClient({ url, app, storage: openMemoryStorage(disk), webSocket });
  clients.add(client);
  return client;
}

async function closeClient(client: BothyClient): Promise<void> {
  clients.delete(client);
  await client.close();
}

/** Resolves once something is so; looked at whenever the client's status or the query has changed. */
function until(client: BothyClient, room: string, isWanted: (bodies: readonly string[]) => boolean): Promise<void> {
  const view = client.query(api.shared.messages.list, { room });
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isWanted((view.result.value ?? []).map(({ body }) => body))) return;
      for (const stop of stops) stop();
      resolve();
    };
    const stops = [view.subscribe(look), client.status.subscribe(look)];
    look();
  });
}

/** Resolves with the query once it shows so many messages. */
async function untilShown(client: BothyClient, room: string, count: number) {
  await until(client, room, (bodies) => bodies.length === count);
  return client.query(api.shared.messages.list, { room });
}

const bodiesOf = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `message ${at}`);
/** Messages of one millisecond come in the order of their ids. */
const isAll = (count: number) => (bodies: readonly string[]) => {
  const found = new Set(bodies);
  return bodies.length === count && bodiesOf(count).every((body) => found.has(body));
};

/** Sends messages from a device of its own and returns one that has them, with its storage written. */
async function fill(url: string, room: string, count: number): Promise<MemoryDisk> {
  const disk = createMemoryDisk();
  const client = openClient(url, disk);
  await client.mutate(api.shared.rooms.join, { room }).server;
  await Promise.all(bodiesOf(count).map((body) => client.mutate(api.shared.messages.send, { room, body }).server));
  await until(client, room, isAll(count));
  await untilCursor(disk);
  await closeClient(client);
  return disk;
}

const cursorOf = (disk: MemoryDisk): unknown => disk.rowsByStore.get("meta")?.get(JSON.stringify(["cursor"]))?.row;

/** A cursor follows a poke at rest, at most every two seconds. */
async function untilCursor(disk: MemoryDisk): Promise<void> {
  const versionOf = (row: unknown): number => Number(Reflect.get(Object(row), "version"));
  const before = versionOf(cursorOf(disk)) || 0;
  await expect.poll(() => versionOf(cursorOf(disk)), { timeout: 10_000, interval: 50 }).toBeGreaterThan(before);
}

/** Changes the stored rows of a table behind the back of everybody. */
function corrupt(disk: MemoryDisk, change: (pairs: readonly Pair[]) => readonly Pair[]): void {
  const decoder = new TextDecoder();
  for (const { row } of disk.rowsByStore.get("segment")?.values() ?? []) {
    const stored = Object(row);
    const bytes: unknown = Reflect.get(stored, "bytes");
    if (!(bytes instanceof Uint8Array)) continue;
    const pairs = JSON.parse(decoder.decode(bytes)) as readonly Pair[];
    if (pairs.some(([, { body }]) => body !== undefined))
      Reflect.set(stored, "bytes", new TextEncoder().encode(JSON.stringify(change(pairs))));
  }
  for (const { row } of disk.rowsByStore.get("log")?.values() ?? []) {
    const stored = Object(row);
    const effect: unknown = JSON.parse(String(Reflect.get(stored, "text")));
    const tables: unknown = Array.isArray(effect) ? effect : Reflect.get(Object(effect), "tables");
    for (const one of Array.isArray(tables) ? tables : []) {
      if (Reflect.get(Object(one), "table") === "messages") Reflect.set(one, "rows", change(Reflect.get(one, "rows")));
    }
    Reflect.set(stored, "text", JSON.stringify(effect));
  }
}

test("[SY36] [SY37] [SY38] rows that were lost, added or put back to an older version in a device's storage are found, repaired and reported", async () => {
  const deployment = await start();
  const disk = await fill(deployment.url, "damaged", 30);
  corrupt(disk, (pairs) =>
    pairs.flatMap((pair): readonly Pair[] => {
      const [version, document] = pair;
      if (document.body === "message 3") return [];
      if (document.body === "message 5") return [[version - 1, { ...document, body: "stale" }]];
      if (document.body !== "message 7") return [pair];
      const _id = `${document._id.slice(0, -1)}${document._id.endsWith("0") ? "1" : "0"}`;
      return [pair, [version, { ...document, _id, body: "nobody's" }]];
    }),
  );
  const client = openClient(deployment.url, disk);
  const seen: (readonly [string, boolean])[] = [];
  const view = client.query(api.shared.messages.list, { room: "damaged" });
  view.subscribe(() => {
    const { value = [], complete } = view.result;
    const bodies = value.map(({ body }) => body);
    seen.push([isAll(30)(bodies) ? "right" : "wrong", complete]);
  });
  await until(client, "damaged", isAll(30));
  await until(client, "damaged", () => client.status.value.repairCount === 1 && view.result.complete);
  expect(client.status.value).toMatchObject({ repairCount: 1, stoppedRanges: [] });
  // Once it is known that something is wrong nothing of it counts as complete.
  expect(seen.at(-1)).toEqual(["right", true]);
  expect(seen.some(([state, complete]) => state === "wrong" && !complete)).toBe(true);
  expect(deployment.output()).toContain("What a device held was not what is here");
  await closeClient(client);
  // What was repaired is stored.
  const again = openClient(deployment.url, disk);
  await until(again, "damaged", isAll(30));
  again.repair();
  await again.mutate(api.shared.messages.send, { room: "damaged", body: "message 30" }).server;
  await until(again, "damaged", isAll(31));
  expect(again.status.value.repairCount).toBe(0);
}, 60_000);

test("[SY37] a large range is compared in buckets: what a device lacks and has too much comes and goes, and little else travels", async () => {
  const deployment = await start();
  const disk = await fill(deployment.url, "large", 700);
  const lost = new Set(["message 17", "message 350", "message 699"]);
  corrupt(disk, (pairs) =>
    pairs.flatMap((pair): readonly Pair[] => {
      const [version, document] = pair;
      if (lost.has(document.body ?? "")) return [];
      if (document.body === "message 400") return [[version - 1, { ...document, body: "stale" }]];
      if (document.body !== "message 500") return [pair];
      const _id = `${document._id.slice(0, -1)}${document._id.endsWith("0") ? "1" : "0"}`;
      return [pair, [version, { ...document, _id, body: "nobody's" }]];
    }),
  );
  TappedSocket.received = [];
  const client = openClient(deployment.url, disk, TappedSocket as unknown as SocketClass);
  const view = client.query(api.shared.messages.list, { room: "large" });
  await until(client, "large", (bodies) => isAll(700)(bodies) && view.result.complete);
  expect(client.status.value).toMatchObject({ repairCount: 1, stoppedRanges: [] });
  const repairs = TappedSocket.received.filter((text) => /"(?:differ|repaired|more)"/u.test(text.slice(0, 200)));
  expect(repairs.some((text) => text.startsWith('{"type":"differ"'))).toBe(true);
  // Four rows of some 250 bytes, and what tells which.
  expect(repairs.join("").length).toBeLessThan(6_000);
}, 60_000);

/** A socket whose messages can be looked at. */
class TappedSocket extends WebSocket {
  static received: string[] = [];
  override emit(event: string, ...args: unknown[]): boolean {
    if (event === "message") TappedSocket.received.push(String(args[0]));
    return super.emit(event, ...args);
  }
}

/** A socket over which no repair arrives: its rows are lost on the way. */
class LossySocket extends WebSocket {
  static isLossy = true;
  override emit(event: string, ...args: unknown[]): boolean {
    const [first, ...rest] = args;
    if (event !== "message" || !LossySocket.isLossy) return super.emit(event, ...args);
    const header: unknown = JSON.parse(String(first).split("\n")[0] ?? "");
    const { repaired, more } = Object(header) as {
      readonly repaired?: readonly [number, string][];
      readonly more?: true;
    };
    if (repaired === undefined && more === undefined) return super.emit(event, ...args);
    const emptied = { ...Object(header), ...(repaired && { repaired: repaired.map(([range]) => [range, ""]) }) };
    return super.emit(event, Buffer.from(JSON.stringify(emptied)), ...rest);
  }
}

test("[SY38] a range that is wrong again after its repair is left alone, shown, not complete, and reported; `repair` begins anew", async () => {
  const deployment = await start();
  const disk = await fill(deployment.url, "hopeless", 20);
  corrupt(disk, (pairs) =>
    pairs.map(([version, document]): Pair =>
      document.body === "message 4" ? [version - 1, { ...document, body: "stale" }] : [version, document],
    ),
  );
  const client = openClient(deployment.url, disk, LossySocket as unknown as SocketClass);
  await until(client, "hopeless", () => client.status.value.stoppedRanges.length === 1);
  const view = client.query(api.shared.messages.list, { room: "hopeless" });
  await until(client, "hopeless", (bodies) => bodies.length === 20 && !view.result.complete);
  expect(client.status.value).toMatchObject({ repairCount: 1, stoppedRanges: [{ table: "messages" }] });
  await expect.poll(() => deployment.output()).toContain("stopped trying");
  // It follows all the same.
  await client.mutate(api.shared.messages.send, { room: "hopeless", body: "message 20" }).server;
  await until(client, "hopeless", (bodies) => bodies.includes("message 20") && bodies.includes("stale"));
  LossySocket.isLossy = false;
  client.repair();
  await until(client, "hopeless", (bodies) => isAll(21)(bodies) && view.result.complete);
  expect(client.status.value).toMatchObject({ repairCount: 2, stoppedRanges: [] });
}, 60_000);

test("[SY42] a disk that was rolled back to behind a device's rows, but not behind its cursor, is found out by verifying", async () => {
  const [folder, copy, port] = [await makeFolder(), await makeFolder(), await freePort()];
  let deployment = await start({ folder, port });
  const disk = await fill(deployment.url, "rolled back", 10);
  const writer = openClient(deployment.url, createMemoryDisk());
  await writer.mutate(api.shared.rooms.join, { room: "rolled back" }).server;
  const { result } = await untilShown(writer, "rolled back", 10);
  const [, second] = result.value ?? [];
  if (second === undefined) throw new Error("a message is there");
  await deployment.stop();
  await cp(folder, copy, { recursive: true });
  const cursor = cursorOf(disk);
  deployment = await start({ folder, port });
  const device = openClient(deployment.url, disk);
  await writer.mutate(api.shared.messages.edit, { id: second._id, body: "lost with the disk" }).server;
  await until(device, "rolled back", (bodies) => bodies.includes("lost with the disk"));
  await closeClient(device);
  await closeClient(writer);
  // Its page ended before the next cursor came.
  disk.rowsByStore.get("meta")?.set(JSON.stringify(["cursor"]), { key: ["cursor"], row: cursor as never });
  await deployment.stop();
  await rm(folder, { recursive: true });
  await cp(copy, folder, { recursive: true });
  deployment = await start({ folder, port });
  const back = openClient(deployment.url, disk);
  await until(back, "rolled back", (bodies) => isAll(10)(bodies) && back.status.value.state === "online");
  expect(back.status.value).toMatchObject({ repairCount: 1, stoppedRanges: [], serverChanged: null });
}, 60_000);
