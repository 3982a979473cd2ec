/**
 * Storage in memory: for tests, for servers that render, and where a browser gives nothing else. Several tabs of a test open
 * the same MemoryDisk, as tabs of a profile open one database.
 */
import { BothyError } from "../errors/index.ts";
import type {
  ClientStorage,
  KeptDatabase,
  KeyBounds,
  OutboxRow,
  StorageOperation,
  StorageRead,
  StoredEntry,
  StoredKey,
  StoreName,
} from "./client-storage.ts";
import { compareStoredKeys } from "./key-order.ts";
import { closedStorage, missingDatabase, unsentChanges } from "./replacement.ts";

export type { ClientStorage } from "./client-storage.ts";

/** What is stored for one user. */
interface MemoryDatabase {
  name: string;
  rowsByStore: Map<StoreName, Map<string, StoredEntry>>;
  outbox: OutboxRow[];
  lastN: number;
}

/** What several memory storages share, and what outlives them: the database in place, and those that were put aside. */
export interface MemoryDisk extends MemoryDatabase {
  /** How many databases there ever were. */
  databaseCount: number;
  readonly kept: Map<string, { readonly label: KeptDatabase; readonly database: MemoryDatabase }>;
}

/** Makes an empty disk. */
export function createMemoryDisk(): MemoryDisk {
  return { ...createDatabase(0), databaseCount: 0, kept: new Map() };
}

function createDatabase(place: number): MemoryDatabase {
  return { name: `${place}`, rowsByStore: new Map(), outbox: [], lastN: 0 };
}

/** Opens a storage over a disk that outlives it, or over none: then everything is gone with it. */
export function openMemoryStorage(disk?: MemoryDisk): ClientStorage {
  return openDisk(disk ?? createMemoryDisk(), disk !== undefined);
}

function openDisk(disk: MemoryDisk, isDurable: boolean): ClientStorage {
  const { name } = disk;
  let isOpen = true;

  // Each operation is one step, as a transaction of a database is one.
  const step = async <T>(body: () => T): Promise<T> => {
    await Promise.resolve();
    if (!isOpen || disk.name !== name) throw closedStorage();
    return body();
  };
  const reopened = (): ClientStorage => {
    isOpen = false;
    return openDisk(disk, isDurable);
  };
  const checkFence = (fence: number | undefined): void => {
    if (fence === undefined || rowsOf(disk, "meta").get(keyText(["fence"]))?.row === fence) return;
    throw new BothyError("device_replaced", { message: "Another tab leads this device now." });
  };

  return {
    isDurable,
    name,
    get: (store, key) => step(() => copied(rowsOf(disk, store).get(keyText(key))?.row)),
    list: (store, bounds) => step(() => entriesOf(disk, { store, bounds })),
    read: (asked) => step(() => asked.map((one) => entriesOf(disk, one))),
    write(operations, { fence } = {}) {
      const own = copied(operations);
      return step(() => {
        checkFence(fence);
        apply(disk, own);
      });
    },
    appendOutbox(row, { operations = [] } = {}) {
      const own = copied({ row, operations });
      return step(() => {
        apply(disk, own.operations);
        disk.lastN++;
        disk.outbox.push({ n: disk.lastN, row: own.row });
        return disk.lastN;
      });
    },
    listOutbox: (from = 0) => step(() => copied(disk.outbox.filter(({ n }) => n >= from))),
    removeOutbox(upTo, operations, { fence } = {}) {
      const own = copied(operations);
      return step(() => {
        checkFence(fence);
        disk.outbox = disk.outbox.filter(({ n }) => n > upTo);
        apply(disk, own);
      });
    },
    raiseFence: () =>
      step(() => {
        const before = rowsOf(disk, "meta").get(keyText(["fence"]))?.row;
        const fence = (typeof before === "number" ? before : 0) + 1;
        rowsOf(disk, "meta").set(keyText(["fence"]), { key: ["fence"], row: fence });
        return fence;
      }),
    // Memory does not end by itself.
    onLost: () => () => undefined,
    close: async () => void (isOpen = false),
    destroy: () =>
      step(() => {
        Object.assign(disk, createDatabase(++disk.databaseCount));
        disk.kept.clear();
      }),
    async replace({ keep, discardUnsent, open, operations = [] }) {
      // Another tab was faster.
      if (disk.name !== name) return reopened();
      if (!keep && !discardUnsent && disk.outbox.length > 0) throw unsentChanges(disk.outbox.length);
      const next = open === undefined ? createDatabase(++disk.databaseCount) : disk.kept.get(open)?.database;
      if (!next) throw missingDatabase(open ?? "");
      const { rowsByStore, outbox, lastN } = disk;
      if (keep) disk.kept.set(name, { label: { ...keep, name }, database: { name, rowsByStore, outbox, lastN } });
      disk.kept.delete(next.name);
      Object.assign(disk, next);
      apply(disk, copied(operations));
      return reopened();
    },
    reopen: async () => (disk.name === name ? undefined : reopened()),
    listKept: async () => [...disk.kept.values()].map(({ label }) => label),
    deleteKept: async (kept) => void disk.kept.delete(kept),
  };
}

function rowsOf(disk: MemoryDisk, store: StoreName): Map<string, StoredEntry> {
  const rows = disk.rowsByStore.get(store) ?? new Map<string, StoredEntry>();
  disk.rowsByStore.set(store, rows);
  return rows;
}

function entriesOf(disk: MemoryDisk, asked: StorageRead): readonly StoredEntry[] {
  if (asked.store === "outbox") return disk.outbox.map(({ n, row }) => copied({ key: [n], row }));
  const { store, bounds } = asked;
  return [...rowsOf(disk, store).values()]
    .filter(({ key }) => !bounds || isInside(bounds, key))
    .sort((a, b) => compareStoredKeys(a.key, b.key))
    .map(copied);
}

function apply(disk: MemoryDisk, operations: readonly StorageOperation[]): void {
  for (const operation of operations) {
    const rows = rowsOf(disk, operation.store);
    switch (operation.kind) {
      case "put":
        rows.set(keyText(operation.key), { key: operation.key, row: operation.row });
        break;
      case "delete":
        rows.delete(keyText(operation.key));
        break;
      case "delete_range":
        for (const [text, { key }] of rows) if (isInside([operation.lower, operation.upper], key)) rows.delete(text);
        break;
    }
  }
}

function isInside([lower, upper]: KeyBounds, key: StoredKey): boolean {
  return compareStoredKeys(lower, key) <= 0 && compareStoredKeys(key, upper) <= 0;
}

function keyText(key: StoredKey): string {
  return JSON.stringify(key);
}

/** What is stored is never shared with its writer, as with any real storage. */
function copied<T>(content: T): T {
  return structuredClone(content);
}
