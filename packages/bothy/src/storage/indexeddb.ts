/**
 * Storage in a browser's IndexedDB. Every write is one short transaction with an explicit commit, because a tab that is frozen
 * inside a transaction blocks all other tabs of the profile. Appends that come while one is being written share the next one.
 */
import { createBrowserWorld } from "../base/index.ts";
import { BothyError } from "../errors/index.ts";
import { createAppender, type Append } from "./appender.ts";
import type {
  ClientStorage,
  Durability,
  KeyBounds,
  Replacement,
  StorageOperation,
  StoredEntry,
  StoreName,
} from "./client-storage.ts";
import { createIdbConnection, type IdbConnection, type StorageWorld } from "./idb-connection.ts";
import {
  changeDirectory,
  deleteDatabase,
  deleteDoomed,
  drawDatabaseName,
  pastMax,
  readDirectory,
  type IdbDirectory,
} from "./idb-directory.ts";
import { resultOf, transact } from "./idb-request.ts";
import { missingDatabase, unsentChanges } from "./replacement.ts";

export type { ClientStorage } from "./client-storage.ts";

const storeNames: readonly StoreName[] = ["meta", "segment", "log", "rejected", "retained", "result"];

/** A row under this number uses up the numbers of an outbox: nothing is appended to it ever after. */
const lastNumber = 2 ** 53;

/** How a database of a browser is used. */
export interface IndexedDbOptions {
  /** When a mutation counts as stored; `relaxed` unless said otherwise. */
  readonly durability?: Durability;
  /** Stands in for time and chance, in tests. */
  readonly world?: StorageWorld;
}

/**
 * Opens the storage of this name, or makes it: the database of the user who is signed in. Fails with `storage_unavailable` where
 * the browser withholds it, and with `storage_blocked` where another tab holds it up.
 */
export async function openIndexedDbStorage(name: string, options: IndexedDbOptions = {}): Promise<ClientStorage> {
  const settings = { name, durability: options.durability ?? "relaxed", world: options.world ?? createBrowserWorld() };
  for (;;) {
    const directory = await changeDirectory(name, settings.world);
    const connection = connect(directory.current, settings.world);
    await connection.open();
    // Another tab's sign-out was cut off before it could put another in its place.
    if (await isRetired(connection)) {
      connection.close();
      await putInPlace(settings, directory.current, { next: drawDatabaseName(name, settings.world) });
      continue;
    }
    // What other tabs still hold open goes at a later start.
    deleteDoomed(name, settings.world, directory.doomed).catch(() => undefined);
    return openStorage(settings, directory.current, connection);
  }
}

interface Settings {
  readonly name: string;
  readonly durability: Durability;
  readonly world: StorageWorld;
}

function connect(databaseName: string, world: StorageWorld): IdbConnection {
  const create = (database: IDBDatabase, birth: string): void => {
    for (const store of storeNames) {
      const rows = database.createObjectStore(store);
      if (store === "meta") rows.put(birth, ["birth"]);
    }
    database.createObjectStore("outbox", { autoIncrement: true });
  };
  return createIdbConnection(databaseName, create, world);
}

function openStorage(settings: Settings, databaseName: string, connection: IdbConnection): ClientStorage {
  const { name, world } = settings;
  const again = (): Promise<ClientStorage> => openIndexedDbStorage(name, settings);
  return {
    isDurable: true,
    name: connection.birth,
    async get(store, key) {
      const transaction = await connection.begin([store], "readonly");
      const row: unknown = await resultOf(transaction.objectStore(store).get([...key]));
      return row;
    },
    list: async (store, bounds) => entriesIn(await connection.begin([store], "readonly"), store, rangeOf(bounds)),
    async read(asked) {
      const transaction = await connection.begin(
        asked.map(({ store }) => store),
        "readonly",
      );
      return await Promise.all(
        asked.map((one) => entriesIn(transaction, one.store, "bounds" in one ? rangeOf(one.bounds) : undefined)),
      );
    },
    write: (operations, options) => writeFenced(connection, operations, options),
    appendOutbox: createAppender((batch) => appendAll(connection, settings.durability, batch)),
    async listOutbox(from = 0) {
      const transaction = await connection.begin(["outbox"], "readonly");
      const found = await entriesIn(transaction, "outbox", IDBKeyRange.lowerBound(from));
      return found.map(({ key, row }) => ({ n: Number(key[0]), row }));
    },
    removeOutbox: (upTo, operations, options) => writeFenced(connection, operations, { ...options, upTo }),
    async raiseFence() {
      const transaction = await connection.begin(["meta"], "readwrite");
      const meta = transaction.objectStore("meta");
      let fence = 1;
      await transact(transaction, meta.get(["fence"]), (found: unknown) => {
        fence = (typeof found === "number" ? found : 0) + 1;
        meta.put(fence, ["fence"]);
      });
      return fence;
    },
    onLost: connection.onLost,
    close: async () => connection.close(),
    async destroy() {
      await retire(connection, true);
      const { current, kept, doomed } = await changeDirectory(name, world);
      connection.close();
      for (const one of [current, ...kept.map((database) => database.name), ...doomed]) await deleteDatabase(one);
      await deleteDatabase(name);
    },
    async replace(replacement) {
      const { current, kept } = await changeDirectory(name, world);
      const { open, keep, discardUnsent, operations = [] } = replacement;
      if (current === databaseName) {
        if (open !== undefined && !kept.some((one) => one.name === open)) throw missingDatabase(open);
        const next = open ?? drawDatabaseName(name, world);
        if (operations.length > 0) await prepare(settings, next, operations);
        if (!keep) await retire(connection, discardUnsent ?? false);
        await putInPlace(settings, databaseName, { ...replacement, next });
      }
      connection.close();
      // Tabs that have it open hear of that, and follow.
      if (!keep) await deleteDoomed(name, world, [databaseName]);
      return await again();
    },
    async reopen() {
      const directory = await readDirectory(name, world);
      if (!directory?.past.includes(databaseName)) return undefined;
      connection.close();
      return await again();
    },
    async listKept() {
      return (await changeDirectory(name, world)).kept;
    },
    async deleteKept(kept) {
      await changeDirectory(name, world, (before) => ({
        ...before,
        kept: before.kept.filter((one) => one.name !== kept),
        doomed: [...before.doomed, kept],
      }));
      await deleteDoomed(name, world, [kept]);
    },
  };
}

/** Rows of a store in key order, those of the outbox by their numbers. */
async function entriesIn(
  transaction: IDBTransaction,
  store: string,
  range: IDBKeyRange | undefined,
): Promise<readonly StoredEntry[]> {
  const content = transaction.objectStore(store);
  const [keys, rows] = await Promise.all([
    resultOf(content.getAllKeys(range)),
    resultOf<unknown[]>(content.getAll(range)),
  ]);
  return keys.map((key, place) => ({ key: partsOfKey(key), row: rows[place] }));
}

function rangeOf(bounds: KeyBounds | undefined): IDBKeyRange | undefined {
  return bounds && IDBKeyRange.bound([...bounds[0]], [...bounds[1]]);
}

/** Puts another database in the place of one, unless another tab has done so. */
async function putInPlace(
  { name, world }: Settings,
  databaseName: string,
  { next, keep }: Replacement & { readonly next: string },
): Promise<IdbDirectory> {
  return await changeDirectory(name, world, (before) => {
    if (before.current !== databaseName) return before;
    const without = (names: readonly string[]): readonly string[] => names.filter((one) => one !== next);
    return {
      current: next,
      kept: [...before.kept.filter((one) => one.name !== next), ...(keep ? [{ ...keep, name: databaseName }] : [])],
      doomed: [...without(before.doomed), ...(keep ? [] : [databaseName])],
      past: [...without(before.past), databaseName].slice(-pastMax),
    };
  });
}

/** Writes into a database before it is put in place; a new one of a sign-in that is cut off here is deleted later. */
async function prepare(
  { name, world }: Settings,
  next: string,
  operations: readonly StorageOperation[],
): Promise<void> {
  await changeDirectory(name, world, (before) => {
    const isKept = before.kept.some((one) => one.name === next);
    return isKept ? before : { ...before, doomed: [...before.doomed, next] };
  });
  const connection = connect(next, world);
  await connection.open();
  await writeFenced(connection, operations);
  connection.close();
}

/** Ends an outbox for good, if nothing waits in it or what waits may go. */
async function retire(connection: IdbConnection, discardsUnsent: boolean): Promise<void> {
  const transaction = await connection.begin(["outbox"], "readwrite");
  const outbox = transaction.objectStore("outbox");
  await transact(transaction, outbox.count(), (count = 0) => {
    if (count > 0 && !discardsUnsent) throw unsentChanges(count);
    outbox.put(null, lastNumber);
  });
}

async function isRetired(connection: IdbConnection): Promise<boolean> {
  const transaction = await connection.begin(["outbox"], "readonly");
  return (await resultOf(transaction.objectStore("outbox").count(lastNumber))) > 0;
}

/** Compares the fence and writes in one transaction; outbox rows up to a number go with it. */
async function writeFenced(
  connection: IdbConnection,
  operations: readonly StorageOperation[],
  { fence, upTo }: { readonly fence?: number; readonly upTo?: number } = {},
): Promise<void> {
  const stores = new Set<string>(operations.map(({ store }) => store));
  if (fence !== undefined) stores.add("meta");
  if (upTo !== undefined) stores.add("outbox");
  if (stores.size === 0) return;
  const transaction = await connection.begin([...stores], "readwrite");
  const request = fence === undefined ? undefined : transaction.objectStore("meta").get(["fence"]);
  await transact(transaction, request, (found: unknown) => {
    if (found !== fence) throw new BothyError("device_replaced", { message: "Another tab leads this device now." });
    if (upTo !== undefined) transaction.objectStore("outbox").delete(IDBKeyRange.upperBound(upTo));
    apply(transaction, operations);
  });
}

function apply(transaction: IDBTransaction, operations: readonly StorageOperation[]): void {
  for (const operation of operations) {
    const store = transaction.objectStore(operation.store);
    switch (operation.kind) {
      case "put":
        store.put(operation.row, [...operation.key]);
        break;
      case "delete":
        store.delete([...operation.key]);
        break;
      case "delete_range":
        store.delete(IDBKeyRange.bound([...operation.lower], [...operation.upper]));
        break;
    }
  }
}

async function appendAll(
  connection: IdbConnection,
  durability: Durability,
  batch: readonly Append[],
): Promise<readonly number[]> {
  const operations = batch.flatMap((one) => one.operations);
  const stores = new Set<string>(["outbox", ...operations.map(({ store }) => store)]);
  const transaction = await connection.begin([...stores], "readwrite", durability);
  const outbox = transaction.objectStore("outbox");
  const requests: IDBRequest<IDBValidKey>[] = [];
  await transact(transaction, undefined, () => {
    for (const { row } of batch) requests.push(outbox.add(row));
    apply(transaction, operations);
  });
  return requests.map(({ result }) => Number(result));
}

/** Every key of ours is an array of numbers and strings, or the number of an outbox row. */
function partsOfKey(key: IDBValidKey): readonly (string | number)[] {
  return [key].flat().filter((part): part is string | number => typeof part === "string" || typeof part === "number");
}
