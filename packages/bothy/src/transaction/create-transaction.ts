import type { AnyDatabaseWriter } from "../functions/index.ts";
import type { HeldRanges } from "../ranges/index.ts";
import type { KeyRange, Schema } from "../schema/index.ts";
import type { Core } from "./core.ts";
import { createCreationTimes } from "./creation-times.ts";
import { Database } from "./database.ts";
import { ReadSet } from "./read-set.ts";
import type { OpenFetching } from "./fetching.ts";
import { RowSource } from "./row-source.ts";
import type { OnRead } from "./lack.ts";
import { Spending, type TransactionLimits } from "./transaction-limits.ts";
import { immediateTurns } from "./turns.ts";
import { WriteSet, type TransactionWrite } from "./write-set.ts";

/** What a transaction runs with. */
export interface TransactionOptions {
  readonly schema: Schema;
  /** The snapshot that it reads: a clone made for this transaction, which will be written to. */
  readonly held: HeldRanges;
  /** The creation time of the first document that it inserts. */
  readonly timeMs: number;
  /** Names the k-th document, counted from 0, that it inserts into a table. */
  readonly nextId: (table: string, k: number) => string;
  /** Writes are refused. */
  readonly isReadOnly: boolean;
  /** Opens Bothy's own tables, for Bothy's own functions. */
  readonly allowSystemTables?: boolean;
  /** On a server: brings what `held` lacks (`fetchWith`). Without it, as on a device, a read returns what is there. */
  readonly fetch?: OpenFetching;
  /** On a device: hears of each read, with what was found in memory. */
  readonly onRead?: OnRead;
  readonly limits?: Partial<TransactionLimits>;
}

/** One function's view of the data, and what it has done so far. */
export interface Transaction {
  /** `ctx.db`; a function that only reads is given it as a DatabaseReader. */
  readonly db: AnyDatabaseWriter;
  /** What was read: a commit that writes into one of these ranges would have changed what the function saw. */
  reads(): readonly KeyRange[];
  /** The net effect on each document. */
  writes(): readonly TransactionWrite[];
  /** Resolves once every operation that was called has taken effect, those too whose promise nobody awaits (TX2). */
  rest(): Promise<void>;
  /** False once a read may have missed a document because the device does not hold all of what was asked for. */
  isComplete(): boolean;
}

/** Starts a transaction over held ranges. */
export function createTransaction(options: TransactionOptions): Transaction {
  const writes = new WriteSet();
  const fetching = options.fetch?.(options.held, writes);
  const source = new RowSource(options.held, fetching, options.onRead);
  const core: Core = {
    schema: options.schema,
    allowSystemTables: options.allowSystemTables ?? false,
    source,
    reads: new ReadSet(),
    writes,
    spending: new Spending(options.limits),
    turns: fetching?.turns ?? immediateTurns,
  };
  const db = new Database(core, {
    isReadOnly: options.isReadOnly,
    nextId: options.nextId,
    nextCreationTime: createCreationTimes(options.timeMs),
  });
  // No getter among these: one that is made with its object keeps what it sees, here all of the transaction, until V8's next
  // full collection (docs/decisions/0014-garbage-and-wake-ups.md).
  return {
    db,
    reads: () => core.reads.ranges(),
    writes: () => writes.list(),
    rest: () => core.turns.rest(),
    isComplete: () => source.isComplete,
  };
}
