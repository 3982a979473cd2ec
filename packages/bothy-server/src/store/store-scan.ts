/** An entry as it was found; its value is undefined if it is not what was written under this key. */
export interface ScannedEntry {
  readonly key: string;
  readonly value: string | undefined;
}

/** Reads of one state of a store that may be damaged: what does not match its checksum is told, not thrown. */
export interface StoreScan {
  /** How many entries the store says to have; undefined where it does not count them. */
  readonly entryCount: number | undefined;
  /** Entries with lower <= key, at most `limit`, in the order in which the store gives them. */
  entriesFrom(lower: string, limit: number): readonly ScannedEntry[];
  /** The entry of a key; undefined if there is none. */
  read(key: string): ScannedEntry | undefined;
  close(): Promise<void>;
}
