import { createClient, type BothyClient } from "bothy/client";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { deadUrl, openPageClient, resultOf, whenOnline, whenShown } from "./page-client.ts";

const database = "rows";

/** Several rooms, because one query reads at most 32,000 documents. */
export interface Rooms {
  readonly rooms: readonly string[];
  readonly rowsPerRoom: number;
}

/** Resolves once every row of the rooms is shown. */
async function whenAllShown(client: BothyClient, { rooms, rowsPerRoom }: Rooms): Promise<void> {
  const views = rooms.map((room) => client.query(api.shared.items.list, { room }));
  await Promise.all(views.map((view) => whenShown(view, (value) => value.length === rowsPerRoom)));
}

/** Joins rooms and resolves once all of their rows lie in the segments of this profile's storage. */
export async function storeRows(all: Rooms): Promise<void> {
  const client = openPageClient(database);
  await whenOnline(client);
  await client.mutate(api.shared.items.joinMany, { rooms: [...all.rooms] }).server;
  await whenAllShown(client, all);
  for (;;) {
    const stored = await openRows();
    const stores = stored.transaction(["segment", "log", "outbox"]);
    const counts = await Promise.all(
      ["segment", "log", "outbox"].map((name) => resultOf(stores.objectStore(name).count())),
    );
    stored.close();
    const [segments = 0, logged, waiting] = counts;
    if (segments > 0 && logged === 0 && waiting === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await client.close();
}

/** The database that holds the rows: the storage names it by the name that it was given and a random part. */
async function openRows(): Promise<IDBDatabase> {
  const found = (await indexedDB.databases()).find(({ name }) => name?.startsWith(`${database}:`));
  return await resultOf(indexedDB.open(found?.name ?? database));
}

/** What a start over a storage that is full took, in milliseconds. */
export interface ColdStart {
  /** Until the database was open; the others count from there. */
  readonly openMs: number;
  readonly firstMs: number;
  readonly allMs: number;
  /** The queries of all rows alone, run once more. */
  readonly queryMs: number;
}

/** Starts a client over the stored rows, without a network: until a query shows the first 50, and until all are shown. */
export async function coldStart(all: Rooms): Promise<ColdStart> {
  const room = all.rooms[0] ?? "";
  const began = performance.now();
  const storage = await openIndexedDbStorage(database);
  const opened = performance.now();
  const client = createClient({ app, url: deadUrl, name: database, storage: Promise.resolve(storage) });
  await whenShown(client.query(api.shared.items.first, { room, count: 50 }), (value) => value.length === 50);
  const first = performance.now();
  await whenAllShown(client, all);
  const last = performance.now();
  // The same rows by another function: runs of their own.
  const { rooms, rowsPerRoom: count } = all;
  const again = rooms.map((one) => client.query(api.shared.items.first, { room: one, count }));
  await Promise.all(again.map((view) => whenShown(view, (value) => value.length === count)));
  const queryMs = performance.now() - last;
  await client.close();
  return { openMs: opened - began, firstMs: first - opened, allMs: last - opened, queryMs };
}

/** The floor: reads the same bytes and parses them, into a map by id. */
export async function readBare(): Promise<{ readonly readMs: number; readonly rows: number; readonly bytes: number }> {
  const stored = await openRows();
  // Beside each segment's rows lies what tells where it belongs: [0, number].
  const contents = IDBKeyRange.bound([1], [2]);
  const began = performance.now();
  const segments = await resultOf<unknown[]>(stored.transaction("segment").objectStore("segment").getAll(contents));
  const rowById = new Map<string, unknown>();
  let bytes = 0;
  for (const segment of segments) {
    const packed = packedOf(segment);
    bytes += packed.length;
    const pairs: [number, { readonly _id: string }][] = JSON.parse(new TextDecoder().decode(packed));
    for (const pair of pairs) rowById.set(pair[1]._id, pair);
  }
  const readMs = performance.now() - began;
  stored.close();
  return { readMs, rows: rowById.size, bytes };
}

function packedOf(segment: unknown): Uint8Array {
  const isPacked = typeof segment === "object" && segment !== null && "bytes" in segment;
  if (isPacked && segment.bytes instanceof Uint8Array) return segment.bytes;
  throw new Error("Segments are no longer stored as the floor reads them: bench/browser/cold-start.ts has to follow.");
}
