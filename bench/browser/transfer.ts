import { api } from "../app/bothy/_generated/api.js";
import type { Rooms } from "./cold-start.ts";
import { openCounted, whenSealed, wireBytesOf } from "./counted.ts";
import { whenOnline, whenShown } from "./page-client.ts";

/** A transfer with the bytes that it took, beside those of its rows alone. */
export interface Transfer {
  readonly ms: number;
  readonly receivedBytes: number;
  readonly wireBytes: number;
}

/** Rows, and the cursor behind them, are stored a while after they are shown. */
function storedMeanwhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 4_000));
}

/** A fresh client joins rooms: until all of their rows are shown. */
export async function initialSync({ rooms, rowsPerRoom }: Rooms): Promise<Transfer> {
  const { client, traffic } = openCounted("initial");
  await whenOnline(client);
  const views = rooms.map((room) => client.query(api.shared.items.list, { room }));
  const before = traffic.receivedBytes;
  const began = performance.now();
  void client.mutate(api.shared.items.joinMany, { rooms: [...rooms] }).local;
  const shown = await Promise.all(views.map((view) => whenShown(view, (value) => value.length === rowsPerRoom)));
  const ms = performance.now() - began;
  const receivedBytes = traffic.receivedBytes - before;
  const wireBytes = shown.reduce((sum, rows) => sum + wireBytesOf(rows), 0);
  await whenSealed(traffic);
  await storedMeanwhile();
  await client.close();
  return { ms, receivedBytes, wireBytes };
}

/** The same client comes back after so many rows of the first room have changed: until it shows them. */
export async function catchUp({
  rooms,
  changed,
}: {
  readonly rooms: readonly string[];
  readonly changed: number;
}): Promise<Transfer> {
  const began = performance.now();
  const { client, traffic } = openCounted("initial");
  const sealed = whenSealed(traffic);
  const view = client.query(api.shared.items.first, { room: rooms[0] ?? "", count: changed });
  const rows = await whenShown(view, (value) => value.length === changed && value.every(({ count }) => count > 0));
  const ms = performance.now() - began;
  await sealed;
  const result = { ms, receivedBytes: traffic.receivedBytes, wireBytes: wireBytesOf(rows) };
  await client.close();
  return result;
}

/** A client that holds many ranges comes back, and nothing has changed. */
export async function reconnect(
  rooms: readonly string[],
): Promise<{ readonly roundTrips: number; readonly bytes: number }> {
  const first = openCounted("many");
  await whenOnline(first.client);
  await first.client.mutate(api.shared.items.joinMany, { rooms: [...rooms] }).server;
  await whenSealed(first.traffic);
  await storedMeanwhile();
  await first.client.close();
  const { client, traffic } = openCounted("many");
  await whenSealed(traffic);
  const result = { roundTrips: traffic.sentBeforePoke ?? 0, bytes: traffic.sentBytes + traffic.receivedBytes };
  await client.close();
  return result;
}
