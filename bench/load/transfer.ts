/** A fresh client that gets all rows of a room, and one that was away while some of them changed. */
import { createMemoryDisk, openMemoryStorage } from "bothy/storage/memory";
import { api } from "../app/bothy/_generated/api.js";
import { openDevice } from "./device.ts";
import { openClient, until } from "./client.ts";

const request: { port: number; rows: number; changed: number } = JSON.parse(process.argv[2] ?? "{}");
const room = `transfer-${request.rows}`;
const writer = await openDevice(request.port);
for (let from = 0; from < request.rows; from += 200) {
  const ranks = Array.from({ length: Math.min(200, request.rows - from) }, (_, at) => from + at);
  await Promise.all(ranks.map((rank) => writer.mutate("shared/items:add", { room, rank, text: "x".repeat(180) })));
}
const disk = createMemoryDisk();
const first = openClient(request.port, openMemoryStorage(disk));
await until(
  (listener) => first.status.subscribe(listener),
  () => first.status.value.state === "online",
);
const view = first.query(api.shared.items.list, { room });
const joined = performance.now();
await first.mutate(api.shared.items.join, { room }).server;
await until(
  (listener) => view.subscribe(listener),
  () => view.result.value?.length === request.rows,
);
const initialMs = performance.now() - joined;
// A cursor follows a poke at rest within two seconds; the time away begins after it.
await new Promise((resolve) => setTimeout(resolve, 3_000));
await first.close();
for (let rank = 0; rank < request.changed; rank++) await writer.mutate("shared/items:bump", { room, rank });
const again = performance.now();
const second = openClient(request.port, openMemoryStorage(disk));
const later = second.query(api.shared.items.list, { room });
const isCurrent = (): boolean => {
  const rows = later.result.value;
  return rows?.length === request.rows && rows.slice(0, request.changed).every((row) => row.count === 1);
};
await until((listener) => later.subscribe(listener), isCurrent);
const result = { initialMs, catchUpMs: performance.now() - again };
process.stdout.write(JSON.stringify(result));
process.exit(0);
