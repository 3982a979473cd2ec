import { hexOfBytes } from "../values/index.ts";
import type { KeptDatabase } from "./client-storage.ts";
import { openDatabase, type StorageWorld } from "./idb-connection.ts";
import { resultOf, storageError, transact } from "./idb-request.ts";

/** Which database of a storage is in place, and what else there is of it; in a database of its own, because those come and go. */
export interface IdbDirectory {
  readonly current: string;
  readonly kept: readonly KeptDatabase[];
  /** Those that are to be deleted, and were still open somewhere when that was tried. */
  readonly doomed: readonly string[];
  /** The last that another took the place of: their tabs follow. One that the browser has evicted is not among them. */
  readonly past: readonly string[];
}

/** How many are remembered for tabs that slept through it. */
export const pastMax = 32;

const store = "directory";

/** A name that no database has. */
export function drawDatabaseName(name: string, { random }: StorageWorld): string {
  return `${name}:${hexOfBytes(random.bytes(8))}`;
}

/** Reads the directory and, if the plan returns another one, writes that, in one transaction; a storage without one is new. */
export async function changeDirectory(
  name: string,
  world: StorageWorld,
  plan: (before: IdbDirectory) => IdbDirectory = (before) => before,
): Promise<IdbDirectory> {
  const database = await openDatabase(name, (created) => created.createObjectStore(store), world);
  const transaction = database?.transaction(store, "readwrite");
  const rows = transaction?.objectStore(store);
  let directory: IdbDirectory = { current: drawDatabaseName(name, world), kept: [], doomed: [], past: [] };
  try {
    if (!transaction || !rows) return directory;
    await transact(transaction, rows.get(0), (found: IdbDirectory | undefined) => {
      directory = plan(found ?? directory);
      if (directory !== found) rows.put(directory, 0);
    });
    return directory;
  } finally {
    database?.close();
  }
}

/** Reads the directory if there is one; one that the browser has deleted is not made anew. */
export async function readDirectory(name: string, world: StorageWorld): Promise<IdbDirectory | undefined> {
  const database = await openDatabase(name, undefined, world);
  if (!database) return undefined;
  try {
    const request: IDBRequest<IdbDirectory | undefined> = database.transaction(store).objectStore(store).get(0);
    return await resultOf(request);
  } finally {
    database.close();
  }
}

/** Deletes databases; true for those that are gone. One that a frozen tab has open goes when that tab does. */
export function deleteDatabase(name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve(true);
    request.onblocked = () => resolve(false);
    request.onerror = () => reject(storageError(request.error));
  });
}

/** Deletes what is to be deleted, as far as other tabs let go of it. */
export async function deleteDoomed(name: string, world: StorageWorld, doomed: readonly string[]): Promise<void> {
  const gone = new Set<string>();
  for (const one of doomed) if (await deleteDatabase(one)) gone.add(one);
  if (gone.size === 0) return;
  await changeDirectory(name, world, (before) => ({
    ...before,
    doomed: before.doomed.filter((one) => !gone.has(one)),
  }));
}
