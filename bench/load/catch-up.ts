/** What it costs a device to come back: to 200 unchanged ranges, to a thousand changed rows, and to a hundred beyond the horizon. */
import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { createMemoryDisk, openMemoryStorage } from "bothy/storage/memory";
import type { MemoryDisk } from "bothy/storage/memory";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { until } from "./client.ts";
import { openDevice } from "./device.ts";

const request: { port: number; pid: number; rows: number; part?: "small" } = JSON.parse(process.argv[2] ?? "{}");
const url = `http://127.0.0.1:${request.port}`;
const rowsPerCall = 200;

/** Everything that goes over the sockets of the client under measurement. */
class Tap extends WebSocket {
  static sent: string[] = [];
  static received: string[] = [];

  override send(text: string): void {
    Tap.sent.push(text);
    super.send(text);
  }

  override emit(event: string, ...args: unknown[]): boolean {
    if (event === "message") Tap.received.push(String(args[0]));
    return super.emit(event, ...args);
  }
}

const isOfType = (type: string) => (text: string) => text.startsWith(`{"type":"${type}"`);
const byteCount = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function openTapped(disk: MemoryDisk): BothyClient {
  Tap.sent = [];
  Tap.received = [];
  return createClient({
    url,
    app,
    storage: openMemoryStorage(disk),
    webSocket: Tap as unknown as new (url: string) => globalThis.WebSocket,
  });
}

async function writeRooms(rooms: readonly string[], rows: number): Promise<void> {
  const writer = await openDevice(request.port);
  for (const room of rooms) {
    for (let from = 0; from < rows; from += rowsPerCall) {
      const count = Math.min(rowsPerCall, rows - from);
      await writer.mutate("shared/items:addMany", { room, from, count, text: "x".repeat(180) });
    }
  }
  writer.close();
}

/** A device that holds these rooms, and has a cursor. */
async function fill(rooms: readonly string[], rows: number): Promise<MemoryDisk> {
  await writeRooms(rooms, rows);
  const disk = createMemoryDisk();
  const client = openTapped(disk);
  await client.mutate(api.shared.items.joinMany, { rooms: [...rooms] }).server;
  // A query may read no more than 32,000 rows; that a part is complete says that all have come.
  const views = rooms.map((room) => client.query(api.shared.items.first, { room, count: 5 }));
  for (const view of views)
    await until(
      (listener) => view.subscribe(listener),
      () => view.result.value?.length === 5 && view.result.complete,
    );
  await pause(4_000);
  await client.close();
  return disk;
}

/** Changes every so-many-th row of a room. */
async function change(room: string, count: number, rows: number): Promise<void> {
  const writer = await openDevice(request.port);
  const step = Math.floor(rows / count);
  const ranks = Array.from({ length: count }, (_, at) => at * step);
  for (let from = 0; from < count; from += 50)
    await Promise.all(ranks.slice(from, from + 50).map((rank) => writer.mutate("shared/items:bump", { room, rank })));
  writer.close();
}

interface Return {
  readonly bytes: number;
  readonly downBytes: number;
  readonly rounds: number;
  /** The rows that came, as they travel, without what stands around them. */
  readonly rowBytes: number;
  readonly rowCount: number;
  readonly ms: number;
}

/** Brings a device back; done when what it holds is told, and nothing is asked any more. */
async function comeBack(disk: MemoryDisk, room: string, rounds: number): Promise<Return> {
  const started = performance.now();
  const client = openTapped(disk);
  // Rows are read from the storage as they are needed; the deployment is asked about all of them.
  const view = client.query(api.shared.items.first, { room, count: 5 });
  const asked = (): number =>
    Tap.sent.filter((text) => ["hello", "verify", "repair"].some((type) => isOfType(type)(text))).length;
  const isDone = (): boolean => Tap.received.filter(isOfType("check")).length > 0 && asked() >= rounds;
  while (!isDone() || view.result.value === undefined) await pause(5);
  const ms = performance.now() - started;
  // Long enough for whatever it would ask then, and for the rows on disk to be verified too.
  await pause(6_500);
  if (client.status.value.repairCount > 0) throw new Error("Something was held that should not be.");
  await client.close();
  const chunks = Tap.received.filter(isOfType("poke")).flatMap((text) => text.split("\n").slice(1));
  const rows = chunks.flatMap((chunk) => (JSON.parse(chunk) as readonly [number, readonly unknown[]])[1]);
  return {
    bytes: byteCount(Tap.sent) + byteCount(Tap.received),
    downBytes: byteCount(Tap.received),
    rounds: asked(),
    rowBytes: byteCount(rows.map((row) => JSON.stringify(row))),
    rowCount: rows.length,
    ms,
  };
}

/** 100 of 10,000 rows of 250 bytes: the case in which other servers were measured too. */
async function comeBackToSmall(): Promise<never> {
  const small = await fill(["small"], 10_000);
  await change("small", 100, 10_000);
  const { bytes, downBytes } = await comeBack(small, "small", 1);
  process.stdout.write(JSON.stringify({ downBytes, upBytes: bytes - downBytes }));
  process.exit(0);
}

if (request.part === "small") await comeBackToSmall();

const quietRooms = Array.from({ length: 200 }, (_, at) => `quiet-${at}`);
const quiet = await fill(quietRooms, 5);
const unchanged = await comeBack(quiet, "quiet-0", 1);

const large = await fill(["large"], request.rows);
await change("large", 1_000, request.rows);
const changed = await comeBack(large, "large", 1);
await pause(3_000);

// Books reach back 30 days: the server's clock goes on by 16 at a signal.
const settled = openTapped(large);
await pause(4_000);
await settled.close();
const nextPart = async (): Promise<void> => {
  process.kill(request.pid, "SIGUSR2");
  await pause(200);
};
await nextPart();
await writeRooms(["elsewhere"], 1);
await change("large", 100, request.rows);
await nextPart();
await nextPart();
await writeRooms(["elsewhere"], 1);
await pause(2_000);
const beyond = await comeBack(large, "large", 3);

const result = {
  unchangedBytes: unchanged.bytes,
  unchangedRounds: unchanged.rounds,
  unchangedRows: unchanged.rowCount,
  changedBytes: changed.bytes,
  changedRowBytes: changed.rowBytes,
  changedRows: changed.rowCount,
  changedRounds: changed.rounds,
  changedMs: changed.ms,
  beyondBytes: beyond.bytes,
  beyondRows: beyond.rowCount,
  beyondRounds: beyond.rounds,
  beyondMs: beyond.ms,
};
process.stdout.write(JSON.stringify(result));
process.exit(0);
