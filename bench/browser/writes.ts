import { api } from "../app/bothy/_generated/api.js";
import { openCounted } from "./counted.ts";
import { openPageClient, resultOf, whenOnline, whenShown } from "./page-client.ts";

/** Samples in milliseconds. */
export interface WriteSamples {
  readonly durable: number[];
  /** The floor: one row in a database of its own. */
  readonly bare: number[];
  readonly painted: number[];
}

/** A mutation until it is durable here, and until the frame that shows it has been painted. */
export async function localWrites(count: number): Promise<WriteSamples> {
  const client = openPageClient("writes");
  const room = "writes";
  await whenOnline(client);
  await client.mutate(api.shared.items.join, { room }).server;
  const view = client.query(api.shared.items.list, { room });
  const samples: WriteSamples = { durable: [], bare: [], painted: [] };
  const floor = await openFloor();
  for (let rank = 0; rank < count; rank++) {
    const began = performance.now();
    const { local, server } = client.mutate(api.shared.items.add, { room, rank, text: "x".repeat(180) });
    const painted = whenShown(view, (value) => value.length > rank).then(() => nextPaint());
    await local;
    samples.durable.push(performance.now() - began);
    await painted;
    samples.painted.push(performance.now() - began);
    await server;
    const bareBegan = performance.now();
    await floor(rank);
    samples.bare.push(performance.now() - bareBegan);
  }
  await client.close();
  return samples;
}

/** A change of another device that comes on top of so many mutations that wait, and one with none: until each is shown. */
export async function rebase(
  pendingCount: number,
): Promise<{ readonly withPendingMs: number; readonly aloneMs: number }> {
  const { client, traffic } = openCounted("rebase");
  const room = "rebase";
  const other = openPageClient("rebase-other");
  await Promise.all([client, other].map(whenOnline));
  for (const one of [client, other]) await one.mutate(api.shared.items.join, { room }).server;
  await other.mutate(api.shared.items.add, { room, rank: -1, text: "x" }).server;
  const view = client.query(api.shared.items.first, { room, count: 1 });
  await whenShown(view, (rows) => rows[0]?.count === 0);
  const changeMs = async (count: number): Promise<number> => {
    let arrivedMs = 0;
    traffic.onMessage = (type) => {
      if (type === "poke") arrivedMs = performance.now();
    };
    void other.mutate(api.shared.items.bump, { room, rank: -1 }).local;
    await whenShown(view, (rows) => rows[0]?.count === count);
    return performance.now() - arrivedMs;
  };
  const aloneMs = await changeMs(1);
  traffic.isHoldingPushes = true;
  const text = "x".repeat(180);
  const calls = Array.from({ length: pendingCount }, (_, rank) =>
    client.mutate(api.shared.items.add, { room, rank, text }),
  );
  await Promise.all(calls.map(({ local }) => local));
  const withPendingMs = await changeMs(2);
  await client.close();
  await other.close();
  return { withPendingMs, aloneMs };
}

/** A write on one client until another one shows it; both in this page, as both are in one process where Node is measured. */
export async function visibleToOther(rounds: number): Promise<number[]> {
  const [writer, reader] = [openPageClient("writer"), openPageClient("reader")];
  const room = "visible";
  for (const one of [writer, reader]) {
    await whenOnline(one);
    await one.mutate(api.shared.items.join, { room }).server;
  }
  await writer.mutate(api.shared.items.add, { room, rank: 0, text: "x".repeat(180) }).server;
  const view = reader.query(api.shared.items.list, { room });
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    void writer.mutate(api.shared.items.bump, { room, rank: 0 }).local;
    await whenShown(view, (rows) => rows[0]?.count === round + 1);
    samples.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await writer.close();
  await reader.close();
  return samples;
}

/** The frame after the next callback has been handed to the screen. */
function nextPaint(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  });
}

async function openFloor(): Promise<(key: number) => Promise<void>> {
  const request = indexedDB.open("floor");
  request.onupgradeneeded = () => void request.result.createObjectStore("rows");
  const database = await resultOf(request);
  return (key) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction("rows", "readwrite", { durability: "relaxed" });
      transaction.objectStore("rows").put({ text: "x".repeat(180) }, key);
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(new Error("The floor could not be written."));
      transaction.commit();
    });
}
