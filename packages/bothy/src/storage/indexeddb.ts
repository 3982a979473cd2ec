/**
 * Storage in a browser's IndexedDB. Every write is one short transaction with an explicit commit, because a tab that is frozen
 * inside a transaction blocks all other tabs of the profile. Appends that come while one is being written share the next one.
 */
import { BothyError } from "../errors/index.ts";
import type { ClientStorage, Durability, OutboxRow, StorageOperation, StoredRow, StoreName } from "./client-storage.ts";
import { createIdbConnection, type IdbConnection } from "./idb-connection.ts";
import { resultOf, transact } from "./idb-request.ts";

export type { ClientStorage } from "./client-storage.ts";

const storeNames: readonly StoreName[] = ["meta", "segment", "log", "rejected", "retained", "result"];

/** Opens, or creates, the database of this name. Fails with `storage_unavailable` where the browser withholds it. */
export async function openIndexedDbStorage(name: string): Promise<ClientStorage> {
  const connection = createIdbConnection(name, (database) => {
    for (const store of storeNames) database.createObjectStore(store);
    database.createObjectStore("outbox", { autoIncrement: true });
  });
  await connection.open();
  const append = createAppender(connection);
  return {
    isDurable: true,
    async get(store, key) {
      const transaction = await connection.begin([store], "readonly");
      const row: unknown = await resultOf(transaction.objectStore(store).get([...key]));
      return row;
    },
    async list(store, bounds) {
      const transaction = await connection.begin([store], "readonly");
      const content = transaction.objectStore(store);
      const range = bounds && IDBKeyRange.bound([...bounds[0]], [...bounds[1]]);
      const [keys, rows] = await Promise.all([
        resultOf(content.getAllKeys(range)),
        resultOf<unknown[]>(content.getAll(range)),
      ]);
      return keys.map((key, place) => ({ key: partsOfKey(key), row: rows[place] }));
    },
    async write(operations, options = {}) {
      const stores = new Set(operations.map(({ store }) => store));
      await writeFenced(connection, [...stores], options, (transaction) => apply(transaction, operations));
    },
    appendOutbox: append,
    async listOutbox(from = 0) {
      const transaction = await connection.begin(["outbox"], "readonly");
      const outbox = transaction.objectStore("outbox");
      const range = IDBKeyRange.lowerBound(from);
      const [keys, rows] = await Promise.all([
        resultOf(outbox.getAllKeys(range)),
        resultOf<unknown[]>(outbox.getAll(range)),
      ]);
      return keys.map((key, place): OutboxRow => ({ n: Number(key), row: rows[place] }));
    },
    async removeOutbox(upTo, operations, options = {}) {
      const stores = new Set<string>(["outbox", ...operations.map(({ store }) => store)]);
      await writeFenced(connection, [...stores], options, (transaction) => {
        transaction.objectStore("outbox").delete(IDBKeyRange.upperBound(upTo));
        apply(transaction, operations);
      });
    },
    async raiseFence() {
      const transaction = await connection.begin(["meta"], "readwrite");
      const meta = transaction.objectStore("meta");
      let fence = 1;
      await transact(transaction, (attempt) => {
        const request: IDBRequest<unknown> = meta.get(["fence"]);
        request.onsuccess = () =>
          attempt(() => {
            fence = (typeof request.result === "number" ? request.result : 0) + 1;
            meta.put(fence, ["fence"]);
            transaction.commit();
          });
      });
      return fence;
    },
    onLost: connection.onLost,
    close: async () => connection.close(),
    destroy: () => connection.destroy(),
  };
}

interface WriteOptions {
  readonly fence?: number;
  readonly durability?: Durability;
}

/** Compares the fence and writes in one transaction. */
async function writeFenced(
  connection: IdbConnection,
  stores: readonly string[],
  { fence, durability = "relaxed" }: WriteOptions,
  write: (transaction: IDBTransaction) => void,
): Promise<void> {
  const all = fence === undefined ? stores : [...new Set(["meta", ...stores])];
  if (all.length === 0) return;
  const transaction = await connection.begin(all, "readwrite", durability);
  const writeAll = (): void => {
    write(transaction);
    transaction.commit();
  };
  await transact(transaction, (attempt) => {
    if (fence === undefined) return attempt(writeAll);
    const request: IDBRequest<unknown> = transaction.objectStore("meta").get(["fence"]);
    request.onsuccess = () =>
      attempt(() => {
        if (request.result === fence) return writeAll();
        throw new BothyError("device_replaced", { message: "Another tab leads this device now." });
      });
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

interface Append {
  readonly row: StoredRow;
  readonly durability: Durability;
  readonly operations: readonly StorageOperation[];
  readonly resolve: (n: number) => void;
  readonly reject: (error: unknown) => void;
}

/** One transaction at a time; what arrives meanwhile goes into the next one together. */
function createAppender(connection: IdbConnection): ClientStorage["appendOutbox"] {
  let waiting: Append[] = [];
  let isWriting = false;
  const writeWaiting = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const numbers = await appendAll(connection, batch);
        for (const [place, { resolve }] of batch.entries()) resolve(numbers[place] ?? 0);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  };
  return (row, { durability = "relaxed", operations = [] } = {}) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, durability, operations, resolve, reject });
      if (!isWriting) void writeWaiting();
    });
}

async function appendAll(connection: IdbConnection, batch: readonly Append[]): Promise<readonly number[]> {
  const durability = batch.some((one) => one.durability === "strict") ? "strict" : "relaxed";
  const operations = batch.flatMap((one) => one.operations);
  const stores = new Set<string>(["outbox", ...operations.map(({ store }) => store)]);
  const transaction = await connection.begin([...stores], "readwrite", durability);
  const outbox = transaction.objectStore("outbox");
  const requests: IDBRequest<IDBValidKey>[] = [];
  await transact(transaction, (attempt) =>
    attempt(() => {
      for (const { row } of batch) requests.push(outbox.add(row));
      apply(transaction, operations);
      transaction.commit();
    }),
  );
  return requests.map(({ result }) => Number(result));
}

/** Every key of ours is an array of numbers and strings. */
function partsOfKey(key: IDBValidKey): readonly (string | number)[] {
  if (!Array.isArray(key)) return [];
  return key.filter((part): part is string | number => typeof part === "string" || typeof part === "number");
}
