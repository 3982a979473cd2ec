/** What the layers above see of the engine. `open-engine.ts` makes one. */
import type { BothyError, Json, Key, KeyRange, MergeKind, Schema, Version } from "bothy/internal";
import type { EngineFigures } from "./engine-figures.ts";

/** A document as it is stored and sent: canonical JSON text, never parsed on its way through the server. */
export interface StoredDocument {
  readonly id: string;
  /** The commit that wrote it; read in a range of a projection, the one that last changed what the projection shows. */
  readonly version: Version;
  readonly text: string;
}

/** One document's change. Keys are one per index of the table, in the schema's order. */
export interface DocumentWrite {
  readonly table: string;
  readonly id: string;
  /** null: deleted. */
  readonly text: string | null;
  /** Index keys before the write; null: there was no document. */
  readonly before: readonly Key[] | null;
  /** Index keys after the write; null: deleted. */
  readonly after: readonly Key[] | null;
  /**
   * All that was done to the document, if nothing but operations was (TX13): then it may have been written since the snapshot,
   * and they are applied to what it is now. Commits as listeners hear of them have none.
   */
  readonly merges?: readonly WrittenMerge[];
  /**
   * The engine's own: the width of the narrowest projection that shows the change, as wider ones all do. Absent: all show it.
   */
  readonly touchedWidth?: number;
}

/** An operation on a field, with its operand as JSON. */
export type WrittenMerge = readonly [field: string, kind: MergeKind, operand: Json];

/** Small rows beside the documents (device records, nonces, keys of the deployment): JSON text by name. */
export interface RecordWrite {
  readonly key: readonly (string | number)[];
  /** null: deleted. */
  readonly text: string | null;
}

/** What a transaction asks to be committed, and what it rests on. */
export interface CommitRequest {
  /** The version that the transaction read at. */
  readonly snapshot: Version;
  readonly reads: readonly KeyRange[];
  readonly writes: readonly DocumentWrite[];
  readonly records?: readonly RecordWrite[];
  /** Evaluated in the same step as the validation, for records that must not have changed (a device's last n). */
  readonly guard?: () => boolean;
  /** What the transaction has reserved; it ends with the commit. */
  readonly reservation?: Reservation;
}

/** What a transaction rests on and what it writes. */
export type CommitFootprint = Pick<CommitRequest, "snapshot" | "reads" | "writes">;

/** A transaction's place in line among those that write what it reads (docs/spec/storage.md, EN14). */
export interface Reservation {
  /** Resolves when nobody before it is in its way any more, or when it has ended. */
  turn(): Promise<void>;
  /** It had its turns, or waited too long: the transaction fails with `contention`. */
  readonly isSpent: boolean;
  end(): void;
}

/** One commit as listeners hear of it. */
export interface Commit {
  readonly version: Version;
  readonly timeMs: number;
  readonly writes: readonly DocumentWrite[];
  /** For each write the stamps that its document had, as `storedStamp` reads them; empty: there was none. */
  readonly stamps: readonly string[];
  readonly records: readonly RecordWrite[];
}

/** How an attempt to commit ended. */
export type CommitOutcome =
  | { readonly kind: "committed"; readonly version: Version }
  /** A later commit wrote into the read set (`range`), or the guard said no. */
  | { readonly kind: "conflict"; readonly range?: KeyRange }
  /** It writes into what another has reserved: reserve too, and commit again in turn. */
  | { readonly kind: "reserved" };

/** Documents of a range, in its order. */
export interface ReadResult {
  readonly documents: readonly StoredDocument[];
  /** The index keys of the documents, in the same order. */
  readonly keys: readonly Key[];
  /** False when the limit ended the read before the end of the range. */
  readonly isWhole: boolean;
}

/** What a shape (table, index, number of equality fields) recorded for one prefix after a version. */
export interface RangeChanges {
  /** Present documents written after the version. */
  readonly rows: readonly StoredDocument[];
  /** Ids that were inside at the version and have left. */
  readonly gone: readonly string[];
}

/** What proves that a memory holds the documents of a range as they are (docs/spec/storage.md, EN23). */
export interface RangeProof {
  readonly count: number;
  /** 16 hex digits. */
  readonly digest: string;
}

/** A stable view of one version. Close it: it holds back the store. */
export interface Snapshot {
  readonly version: Version;
  read(range: KeyRange, order: "asc" | "desc", limit: number): ReadResult;
  /** Pages through a range in ascending order without holding all of it; each call returns the next piece. */
  cursor(range: KeyRange): { next(maxBytes: number): ReadResult };
  /** undefined: the shape's book does not reach back to `since`; the caller sends the range whole. */
  changes(range: KeyRange, since: Version): RangeChanges | undefined;
  /**
   * Nothing inside a whole prefix has changed after this version, and its book tells what changed since then. One look
   * into the store; undefined: no book is kept for it.
   */
  newestChange(range: KeyRange): Version | undefined;
  /** Count and digest of a whole prefix; undefined: no book is kept for it, or its rows are still being counted. */
  digest(range: KeyRange): RangeProof | undefined;
  close(): void;
}

/** How far a change of the schema has come. */
export interface SchemaProgress {
  readonly phase: "checking" | "building";
  readonly table: string;
  /** Documents. `total` is an estimate while they are checked. */
  readonly done: number;
  readonly total: number;
}

/** Who is told of a change of the schema. */
export interface ChangeSchemaOptions {
  /** Told what takes time, in words. */
  readonly onProgress?: (text: string) => void;
  /** Called in the very step in which the schema comes into force: the next transaction is one of it. */
  readonly onTaken?: () => void;
}

/** The database of one deployment, open. */
export interface Engine {
  readonly schema: Schema;
  /** Random name of this deployment, made with the folder. */
  readonly serverId: string;
  /** Changes when history was lost; see docs/spec/sync.md. */
  readonly epoch: string;
  /** 32 bytes made with the folder; seals and tokens are keyed from it. */
  readonly secret: Uint8Array;
  /** The last commit, visible to transactions, perhaps not yet durable. */
  readonly version: Version;
  /** The last durable commit: nothing newer leaves the process. */
  readonly durableVersion: Version;
  /** More waits to be stored than memory (EN9) or the disk (EN32) should hold: hold new transactions back. */
  readonly isOverloaded: boolean;
  /** What every commit is refused with while the disk has no room (EN32). */
  readonly diskShortage: BothyError | undefined;
  /** Counted since it was opened. */
  readonly figures: EngineFigures;
  /** Reads the last committed state. */
  read(range: KeyRange, order: "asc" | "desc", limit: number): ReadResult;
  readRecord(key: readonly (string | number)[]): string | undefined;
  /** The running hash of the log at a version, or undefined if the log does not contain it. */
  logHash(version: Version): string | undefined;
  /** A view of the last durable version. */
  openSnapshot(): Snapshot;
  /**
   * Validates, gives the commit its version and makes it visible, all in one step; durability follows. Throws `disk_full`,
   * with nothing changed, while the disk has no room.
   */
  commit(request: CommitRequest): CommitOutcome;
  /** Reserves what a transaction read and wrote for its next attempt, in order of arrival; `own` keeps the place it has. */
  reserve(footprint: CommitFootprint, own?: Reservation): Reservation;
  /** True when no commit after `since` wrote into the range. */
  isUnchangedSince(range: KeyRange, since: Version): boolean;
  /** Called in order, inside `commit`, before it returns. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Called in order once commits are durable, a group at a time. */
  onDurable(listener: (commits: readonly Commit[]) => void): () => void;
  /** Resolves once the version is durable. */
  whenDurable(version: Version): Promise<void>;
  /**
   * Puts another schema in force beside reads and writes, with its indexes built and all documents looked at; resolves once
   * that is durable. Fails with `schema_invalid`, naming documents that do not fit, and nothing has changed.
   */
  changeSchema(next: Schema, options?: ChangeSchemaOptions): Promise<void>;
  /** undefined: no change of the schema is under way. */
  readonly schemaProgress: SchemaProgress | undefined;
  /** Keeps a book for the shape of this range from now on (idempotent). */
  keepBook(range: Pick<KeyRange, "table" | "index" | "equalities" | "projection">): void;
  /** Starts a new epoch, durably. */
  openEpoch(): Promise<void>;
  close(): Promise<void>;
}
