/**
 * Where a client keeps what must survive a reload: five ordered stores and one numbered one. Implementations:
 * IndexedDB in browsers, memory for tests and servers; `storage-contract.ts` is the suite that each must pass.
 */

/** Stores of keyed rows. Keys order as arrays of numbers and strings do in IndexedDB. */
export type StoreName =
  /** Device, token, identity, cursor: single rows by name. */
  | "meta"
  /** Packed, key-sorted rows: [table, first id]. */
  | "segment"
  /** Pokes since the last compaction: [poke number, part]; a poke counts once its closing part is there. */
  | "log"
  /** Mutations that were refused or parked: [n]. */
  | "rejected"
  /** Acknowledged mutations that a restored server may have forgotten: [n]. */
  | "retained"
  /** Last results of server-only queries: [function and arguments]. */
  | "result";

/** The place of a row in its store. */
export type StoredKey = readonly (string | number)[];

/** A stretch of keys, both ends included. */
export type KeyBounds = readonly [lower: StoredKey, upper: StoredKey];

/** Structured-clonable plain content: JSON values, bigint and ArrayBuffer. */
export type StoredRow = unknown;

/** One change of what is stored; several are applied together. */
export type StorageOperation =
  | { readonly kind: "put"; readonly store: StoreName; readonly key: StoredKey; readonly row: StoredRow }
  | { readonly kind: "delete"; readonly store: StoreName; readonly key: StoredKey }
  /** Deletes every row with lower <= key <= upper. */
  | { readonly kind: "delete_range"; readonly store: StoreName; readonly lower: StoredKey; readonly upper: StoredKey };

/** One outbox entry with its number. */
export interface OutboxRow {
  /** Given by the store, gapless, never used twice, in the order of durability. */
  readonly n: number;
  readonly row: StoredRow;
}

/** `relaxed`: survives the end of the process. `strict`: flushed to the disk before the promise resolves. */
export type Durability = "relaxed" | "strict";

/** How an outbox row is appended. */
export interface AppendOptions {
  readonly durability?: Durability;
  /** Applied in the same transaction: what the row takes the place of. */
  readonly operations?: readonly StorageOperation[];
}

/** What a client needs of a storage. A storage may be open in several tabs at once. */
export interface ClientStorage {
  /** False for memory: nothing survives a reload, and the app is told. */
  readonly isDurable: boolean;
  /** The row of a key; undefined if there is none. */
  get(store: StoreName, key: StoredKey): Promise<StoredRow>;
  /** The rows of a store in key order: all, or those with lower <= key <= upper. */
  list(store: StoreName, bounds?: KeyBounds): Promise<readonly { readonly key: StoredKey; readonly row: StoredRow }[]>;
  /**
   * Applies all operations or none; resolves once they are durable. With `fence`, fails with `device_replaced` when
   * the stored fence (meta ["fence"]) is another: a former leader writes nothing more.
   */
  write(
    operations: readonly StorageOperation[],
    options?: { readonly fence?: number; readonly durability?: Durability },
  ): Promise<void>;
  /** Appends one row, together with the operations, and resolves with its number once it is durable. Rows of one tick may share a transaction. */
  appendOutbox(row: StoredRow, options?: AppendOptions): Promise<number>;
  /** Outbox rows with n >= from, in order. */
  listOutbox(from?: number): Promise<readonly OutboxRow[]>;
  /** Removes outbox rows n <= upTo, together with the operations, in one transaction. */
  removeOutbox(
    upTo: number,
    operations: readonly StorageOperation[],
    options?: { readonly fence?: number },
  ): Promise<void>;
  /** Raises meta ["fence"] by one and returns it; called by a tab that becomes leader. */
  raiseFence(): Promise<number>;
  /** Called when the storage ended by itself (evicted, closed by the browser, version change). */
  onLost(listener: (error: unknown) => void): () => void;
  close(): Promise<void>;
  /** Deletes everything. */
  destroy(): Promise<void>;
}
