/**
 * Where a client keeps what must survive a reload.
 *
 * This door has the contract and the memory; an app opens `bothy/storage/indexeddb` in a browser or `bothy/storage/memory`
 * elsewhere, and hands the result to its client. What the rows mean is the client's affair.
 */
export type {
  AppendOptions,
  ClientStorage,
  Durability,
  KeptDatabase,
  KeyBounds,
  OutboxRow,
  Replacement,
  StorageOperation,
  StorageRead,
  StoredEntry,
  StoredKey,
  StoredRow,
  StoreName,
} from "./client-storage.ts";
export { createMemoryDisk, openMemoryStorage } from "./memory.ts";
export type { MemoryDisk } from "./memory.ts";
export { unsentChanges } from "./replacement.ts";
