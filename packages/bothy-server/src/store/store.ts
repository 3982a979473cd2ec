/** Direction of a range read. */
export type Order = "asc" | "desc";

/** A key and its value. Keys are latin1 text of at most `storeKeyMax` bytes, ordered as text; values are any text. */
export type StoreEntry = readonly [key: string, value: string];

/** A change to one key; undefined removes it. */
export type StoreWrite = readonly [key: string, value: string | undefined];

/** The longest key that every store takes, in bytes. */
export const storeKeyMax = 1_900;

/** Reads of one state of the store. */
export interface StoreReader {
  get(key: string): string | undefined;
  /** Entries with lower <= key < upper, at most `limit` from the end at which the order begins. */
  range(lower: string, upper: string, order: Order, limit: number): readonly StoreEntry[];
}

/** A state of the store that does not change. Close it: what it sees cannot be used again before. */
export interface StoreSnapshot extends StoreReader {
  close(): void;
}

/** An ordered key-value store that holds the index of the log. Reads see the last batch applied. */
export interface Store extends StoreReader {
  /** The version given with the last batch that is on the disk; 0 for an empty store. */
  readonly appliedVersion: number;
  snapshot(): StoreSnapshot;
  /** Applies all writes and the version, or nothing; resolves once they are on the disk and reads see them. */
  apply(writes: readonly StoreWrite[], version: number): Promise<void>;
  close(): Promise<void>;
}
