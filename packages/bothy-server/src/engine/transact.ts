import { HeldRanges, createTransaction, documentKeys, fetchWith, parseValue, tableOf } from "bothy/internal";
import type { AnyDatabaseWriter, Document, Fetched, Row, Schema, Version } from "bothy/internal";
import type { CommitRequest, DocumentWrite, Engine, RecordWrite, StoredDocument } from "./engine.ts";
import { readPart } from "./read-part.ts";
import type { PartWanted } from "./read-part.ts";
import { runInTurn } from "./run-in-turn.ts";

/** What a transaction of the server itself is run with. */
export interface TransactOptions {
  readonly timeMs: number;
  /** Names the k-th document inserted into a table. */
  readonly nextId: (table: string, k: number) => string;
  readonly records?: readonly RecordWrite[];
}

/**
 * Runs one of the server's own transactions directly over the engine, with the `ctx.db` that functions get; system
 * tables are open to it. Resolves once the commit is durable.
 */
export async function transact<Result>(
  engine: Engine,
  options: TransactOptions,
  work: (db: AnyDatabaseWriter) => Promise<Result>,
): Promise<{ readonly result: Result; readonly version: Version }> {
  const { run, version } = await runInTurn({
    engine,
    name: "A transaction of the server",
    run: () => runOfOneSchema(engine, options, work),
    footprintOf: ({ request }) => request,
    commit: ({ request }, reservation) =>
      engine.commit({ ...request, ...(reservation === undefined ? {} : { reservation }) }),
  });
  await engine.whenDurable(version);
  return { result: run.result, version };
}

interface Ran<Result> {
  readonly result: Result;
  readonly request: CommitRequest;
}

/** What fails while another schema comes into force is begun anew: it asked for what is no more. */
async function runOfOneSchema<Result>(
  engine: Engine,
  options: TransactOptions,
  work: (db: AnyDatabaseWriter) => Promise<Result>,
): Promise<Ran<Result>> {
  for (;;) {
    const { schema } = engine;
    try {
      return await runOnce(engine, options, work);
    } catch (error) {
      if (engine.schema === schema) throw error;
    }
  }
}

async function runOnce<Result>(
  engine: Engine,
  options: TransactOptions,
  work: (db: AnyDatabaseWriter) => Promise<Result>,
): Promise<Ran<Result>> {
  const { schema } = engine;
  const snapshot = engine.version;
  const transaction = createTransaction({
    schema,
    held: HeldRanges.create(schema),
    timeMs: options.timeMs,
    nextId: options.nextId,
    isReadOnly: false,
    allowSystemTables: true,
    // Synchronous underneath: what it reads is the state at the time of the read, and the commit validates it.
    fetch: fetchWith(async (range, order, limit) => fetchPart(engine, schema, { range, order, limit })),
  });
  const result = await work(transaction.db);
  const writes = transaction.writes().map((write): DocumentWrite => ({
    table: write.table,
    id: write.id,
    text: write.after?.text ?? null,
    before: write.before?.keys ?? null,
    after: write.after?.keys ?? null,
  }));
  return { result, request: { snapshot, reads: transaction.reads(), writes, records: options.records ?? [] } };
}

function fetchPart(engine: Engine, schema: Schema, wanted: PartWanted): Fetched {
  const { part, rows } = readPart(engine, wanted);
  const { table } = wanted.range;
  return { part, rows: rows.map(([id, version, text]) => rowOf(schema, table, { id, version, text })) };
}

/** The row that a stored document is in memory: decoded, with its index keys. */
export function rowOf(schema: Schema, table: string, stored: StoredDocument): Row {
  const document = parseValue(stored.text) as Document;
  const keys = documentKeys(tableOf(schema, table), document);
  // Its size counts towards the transaction's limits.
  return { id: stored.id, version: stored.version, keys, document, sizeBytes: stored.text.length };
}
