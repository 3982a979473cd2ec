import type { Json, Outcome, RangeTag, Version, WireIdentity } from "../protocol/index.ts";
import type { WireError } from "../errors/index.ts";
import type { StorageOperation, StoredKey, StoredRow, StoreName } from "../storage/index.ts";
import type { Marker } from "./marker.ts";
import type { HeldSpec } from "./base-state.ts";
import type { HeldScope } from "./holds.ts";

/**
 * The format of everything below; a row of another format is not understood and not touched. Segments are asked for again
 * then. What a deployment cannot give back (calls, who this device is, how far it was acknowledged) is read in every format.
 */
export const storedFormat = 3;
const firstFormat = 1;

/** Every stored row says with what it was written. */
export interface Stamped {
  readonly format: number;
  /** Hash of the schema of the app that wrote it. */
  readonly schema: string;
}

/** A call as it lies in the outbox. */
export interface MutationCall extends Stamped {
  readonly name: string;
  /** Version of the function's arguments. */
  readonly version: string;
  readonly nonce: string;
  readonly args: Json;
  /** Captured at the first run, milliseconds since 1970 by the deployment's clock. */
  readonly time: number;
}

/** An acknowledged call that a restored deployment may have forgotten (SY25). */
export interface RetainedCall extends MutationCall {
  readonly n: number;
  readonly chainBefore: string;
  readonly ackedMs: number;
  /** How it was refused, if it was: a rejected call is sent again so that its number is taken, and never run again. */
  readonly state?: RejectedCall["state"] | undefined;
}

/** A call that was refused or parked. */
export interface RejectedCall extends MutationCall {
  readonly n: number;
  readonly state: "rejected" | "parked";
  readonly error: WireError;
  readonly atMs: number;
}

/** Who this device is to its deployment. */
export interface StoredDevice extends Stamped {
  readonly id: string;
  readonly key: string;
  /** This id's record begins after this number. */
  readonly start: number;
  readonly previous?: string;
}

/** Where the base stands; written with every poke, in the row that closes it. */
export interface SyncState {
  readonly version: Version;
  readonly server: string;
  readonly epoch: string;
  readonly acked: number;
  /** The nonce chain up to `acked`. */
  readonly chain: string;
  /** The rows contain this device's mutations up to here, also those whose acknowledgement was lost and is asked for again. */
  readonly applied?: number;
  readonly atMs: number;
  /** Not all that this device may hold has come with the poke. */
  readonly hasFailedScope?: boolean;
}

/** What the segments contain: everything up to and with this poke. */
export interface StoredBase extends Stamped {
  readonly poke: number;
  /** With the ranges that were held then; those that came and went since stand in the log. */
  readonly state: SyncState & { readonly ranges: readonly HeldSpec[] };
  /** The numbers of the segments that count; others are left over. */
  readonly segments: readonly number[];
}

/** The row that closes a poke in the log. `text` is an Effect; `parts` rows before it have the rest of it. */
export interface StoredPoke extends Stamped {
  readonly parts: number;
  readonly text: string;
  readonly state: SyncState;
  /** The nonce chain up to what was acknowledged before this poke. */
  readonly chainBefore: string;
  /** Of the mutations that this poke acknowledged, how those ended that are to be kept. */
  readonly refused: readonly Outcome[];
}

/** A part of a poke that is too large for one transaction. */
export interface StoredPart extends Stamped {
  readonly text: string;
}

/** The newest cursor, with the deployment that sealed it. */
export interface StoredCursor extends Stamped {
  readonly seal: string;
  readonly version: Version;
  readonly server: string;
  readonly epoch: string;
  readonly ranges: readonly (readonly [tag: RangeTag, edge: string | null])[];
}

/** The last result of a server-only query. */
export interface StoredResult extends Stamped {
  readonly value: Json;
  readonly atMs: number;
}

/** When there was contact last, and the latest time that was seen since, both by this device's clock. */
export interface StoredContact extends Stamped {
  readonly atMs: number;
  readonly seenMs: number;
}

/** The scopes that this device holds on demand. */
export interface StoredHolds extends Stamped {
  readonly scopes: readonly HeldScope[];
}

/** What is read of a segment at a start: [0, number]. */
export interface StoredHeader extends Stamped {
  readonly table: string;
  /** The index in whose order the rows are. */
  readonly index: string;
  /** Where it begins in that index; it ends where the next one of the table begins. */
  readonly lower: string;
  /** What stands for each row, by which one that is asked for by its id is found. */
  readonly marks: Uint32Array;
  /** The newest version of a row inside. */
  readonly version: Version;
  readonly sizeBytes: number;
}

/** A run of rows of one table, as JSON text: [1, number]. */
export interface StoredSegment extends Stamped {
  readonly bytes: Uint8Array;
}

/** The single rows of the meta store, each by its name. */
export interface MetaRows {
  readonly device: StoredDevice;
  readonly token: string;
  readonly identity: WireIdentity;
  readonly base: StoredBase;
  readonly cursor: StoredCursor;
  readonly contact: StoredContact;
  readonly holds: StoredHolds;
  /** The marker of a database that was evicted, until the deployment has said what was lost with it. */
  readonly evicted: Marker & Stamped;
}

/** The operation that stores a row. */
export function putRow(store: StoreName, key: StoredKey, row: StoredRow): StorageOperation {
  return { kind: "put", store, key, row };
}

/** The operation that deletes a row. */
export function deleteRow(store: StoreName, key: StoredKey): StorageOperation {
  return { kind: "delete", store, key };
}

/** Closes a poke: after every part that it can have. */
export const closingPart = 1_000_000_000;

/**
 * Takes a stored row for what this format says it is, or for nothing if it is of another format. Rows are written by this
 * code alone, in a database that no other origin reaches, so the stamp is all that is checked.
 */
export function readStored<T extends Stamped>(row: unknown, oldest: number = storedFormat): T | undefined {
  const format = typeof row === "object" && row !== null && "format" in row ? Number(row.format) : 0;
  return format >= oldest && format <= storedFormat ? (row as T) : undefined;
}

/** The same for what is read in every format. */
export function readKept<T extends Stamped>(row: unknown): T | undefined {
  return readStored<T>(row, firstFormat);
}
