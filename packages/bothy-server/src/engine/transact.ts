import { BothyError, HeldRanges, createTransaction, documentKeys, parseValue, tableOf } from "bothy/internal";
import type { DatabaseWriter, Document, KeyRange, Row, Schema, Version } from "bothy/internal";
import type { DocumentWrite, Engine, RecordWrite, StoredDocument } from "./engine.ts";

/** How often a transaction of the server itself is run again before it gives up with `contention`. */
const attemptsMax = 100;

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
  work: (db: DatabaseWriter) => Promise<Result>,
): Promise<{ readonly result: Result; readonly version: Version }> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const snapshot = engine.version;
    const held = new HeldRanges(engine.schema);
    const transaction = createTransaction({
      schema: engine.schema,
      held,
      timeMs: options.timeMs,
      nextId: options.nextId,
      isReadOnly: false,
      allowSystemTables: true,
      // Synchronous underneath: what it reads is the state at the time of the read, and the commit validates it.
      fetch: async (range, order, limit) => fill(engine, held, range, { order, limit }),
    });
    const result = await work(transaction.db);
    const outcome = engine.commit({
      snapshot,
      reads: transaction.reads(),
      writes: transaction.writes().map((write): DocumentWrite => ({
        table: write.table,
        id: write.id,
        text: write.after?.text ?? null,
        before: write.before?.keys ?? null,
        after: write.after?.keys ?? null,
      })),
      records: options.records ?? [],
    });
    if (outcome.kind === "committed") {
      await engine.whenDurable(outcome.version);
      return { result, version: outcome.version };
    }
  }
  throw new BothyError("contention", {
    message: `A transaction of the server was overtaken ${attemptsMax} times.`,
    fix: "Try again when fewer writes touch the same documents.",
  });
}

function fill(
  engine: Engine,
  held: HeldRanges,
  range: KeyRange,
  read: { readonly order: "asc" | "desc"; readonly limit: number },
): void {
  const found = engine.read(range, read.order, read.limit);
  for (const stored of found.documents) held.put(range.table, rowOf(engine.schema, range.table, stored));
  const last = found.keys.at(-1);
  if (found.isWhole || last === undefined) held.hold(range);
  else if (read.order === "asc") held.hold({ ...range, upper: `${last}\u0000` });
  else held.hold({ ...range, lower: last });
}

/** The row that a stored document is in memory: decoded, with its index keys. */
export function rowOf(schema: Schema, table: string, stored: StoredDocument): Row {
  const document = parseValue(stored.text) as Document;
  return { id: stored.id, version: stored.version, keys: documentKeys(tableOf(schema, table), document), document };
}
