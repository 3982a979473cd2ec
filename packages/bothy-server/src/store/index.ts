/**
 * An ordered key-value index of the log, behind one contract (`store-contract.ts`).
 *
 * Batches are applied whole, with the version that they bring, and are on the disk before they count; reads are
 * synchronous; snapshots do not change. Values of the LMDB store carry a checksum over key and value, verified on read.
 * A store can be thrown away: it is rebuilt from the log. What keys and values mean is the engine's.
 */
export { openLmdbScan } from "./lmdb-scan.ts";
export type { ScanOptions } from "./lmdb-scan.ts";
export { openLmdbStore } from "./lmdb-store.ts";
export { createMemoryStore } from "./memory-store.ts";
export type { ScannedEntry, StoreScan } from "./store-scan.ts";
export { storeKeyMax } from "./store.ts";
export type { Order, Store, StoreEntry, StoreReader, StoreSnapshot, StoreWrite } from "./store.ts";
