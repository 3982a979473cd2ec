/**
 * Where a client keeps what must survive a reload: ordered stores and one numbered one, in a database of one user.
 * Implementations: IndexedDB in browsers, SQLite on Node and native, memory for tests and servers; `storage-contract.ts` is
 * the suite that each must pass.
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

/** A row with its place. */
export interface StoredEntry {
  readonly key: StoredKey;
  readonly row: StoredRow;
}

/** What is read of one store: all rows, or those with lower <= key <= upper; or the outbox, by its numbers. */
export type StorageRead =
  | { readonly store: StoreName; readonly bounds?: KeyBounds | undefined }
  | { readonly store: "outbox" };

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

/** When an outbox row counts as durable. `relaxed`: it survives the end of the process. `strict`: it is flushed to the disk. */
export type Durability = "relaxed" | "strict";

/** A database that was put aside when its user signed out. */
export interface KeptDatabase {
  /** Names it among all that there ever were. */
  readonly name: string;
  /** Its user's `tokenIdentifier`. */
  readonly user: string;
  /** Mutations that wait in it, as they were counted when it was put aside. */
  readonly unsentCount: number;
  readonly keptMs: number;
}

/** What becomes of a database that another takes the place of, and which one does. */
export interface Replacement {
  /** Puts it aside under these words; without them it is deleted. */
  readonly keep?: Omit<KeptDatabase, "name">;
  /** Deletes it although mutations wait in it. */
  readonly discardUnsent?: boolean;
  /** The kept database that takes its place; without one a new, empty one does. */
  readonly open?: string;
  /** Written into what takes its place, before anybody else sees that. */
  readonly operations?: readonly StorageOperation[];
}

/** How an outbox row is appended. */
export interface AppendOptions {
  /** Applied in the same transaction: what the row takes the place of. */
  readonly operations?: readonly StorageOperation[];
}

/** What a client needs of a storage. A storage may be open in several tabs at once. */
export interface ClientStorage {
  /** False for memory: nothing survives a reload, and the app is told. */
  readonly isDurable: boolean;
  /** Names this database and no other that there ever was: what its tabs share, they share under this name. */
  readonly name: string;
  /** The row of a key; undefined if there is none. */
  get(store: StoreName, key: StoredKey): Promise<StoredRow>;
  /** The rows of a store in key order: all, or those with lower <= key <= upper. */
  list(store: StoreName, bounds?: KeyBounds): Promise<readonly StoredEntry[]>;
  /** Several reads as of one moment: the rows of each, in key order. */
  read(asked: readonly StorageRead[]): Promise<readonly (readonly StoredEntry[])[]>;
  /**
   * Applies all operations or none; resolves once they are durable. With `fence`, fails with `device_replaced` when
   * the stored fence (meta ["fence"]) is another: a former leader writes nothing more.
   */
  write(operations: readonly StorageOperation[], options?: { readonly fence?: number }): Promise<void>;
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
  /** Deletes this database and all that were put aside. */
  destroy(): Promise<void>;
  /**
   * Closes this database and puts another in its place for all who open the storage from now on. One in which mutations wait
   * is deleted only on demand: else `unsent_changes`, and nothing is changed. If another tab has replaced it already, that holds.
   */
  replace(replacement: Replacement): Promise<ClientStorage>;
  /** Opens the database that another tab has put in the place of this one, and closes this one; undefined if none has. */
  reopen(): Promise<ClientStorage | undefined>;
  /** The databases that were put aside. */
  listKept(): Promise<readonly KeptDatabase[]>;
  /** Deletes a database that was put aside, with what waits in it. */
  deleteKept(name: string): Promise<void>;
}
