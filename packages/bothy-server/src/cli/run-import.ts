import { assert, BothyError, decodeValue, encodeValue, utf8Length } from "bothy/internal";
import type { Json, Value } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { AdminConnection, ImportJournal } from "../server/index.ts";
import type { ImportSource, SourceRow } from "./import-source.ts";

/** How far an import is. */
export interface ImportProgress {
  readonly done: number;
  readonly total: number;
  readonly perSecond: number;
}

/** The ways to an import's server, and who hears of it. */
export interface ImportParts {
  readonly admin: AdminConnection;
  readonly clock: Clock;
  readonly onProgress: (progress: ImportProgress) => void;
}

/** One call, and so one commit, carries at most this many documents and about this much text. */
const batchRowsMax = 500;
const batchBytesMax = 512 * 1024;

/** The import that stands in the database: under way, or cut off. One that only had to be cleared up is cleared up here. */
export async function readUnfinished(admin: AdminConnection): Promise<ImportJournal | undefined> {
  const text = await admin.call("_system/imports:read", {});
  if (typeof text !== "string") return undefined;
  // Written by the server of this release.
  const journal = JSON.parse(text) as ImportJournal;
  if (journal.state !== "complete") return journal;
  await admin.call("_system/imports:finish", { id: journal.id });
  return undefined;
}

/** Takes an import back, step by step. */
export async function takeBack(admin: AdminConnection, { id, steps }: ImportJournal): Promise<void> {
  // Each call tells how many steps are left; an import without any is ended by one.
  for (let left: Json = Math.max(steps, 1); typeof left === "number" && left > 0;)
    left = await admin.call("_system/imports:undo", { id });
}

/** What is asked of an import that begins. */
export interface ImportPlan {
  readonly mode: "append" | "replace";
  /** Tables whose other documents go. */
  readonly replaced: readonly string[];
}

/** The first pass: every row is read and checked, and ids that are taken are found, before anything is written. */
export async function checkSource({ admin }: ImportParts, source: ImportSource, plan: ImportPlan): Promise<void> {
  const idsByTable = new Map<string, string[]>();
  const look = async (table: string, ids: string[]): Promise<void> => {
    const taken = decodeValue(await admin.call("_system/imports:findTaken", { table, ids }));
    if (Array.isArray(taken) && taken.length > 0) throw idsTaken(table, taken);
  };
  for await (const { table, value } of source.rows()) {
    const id = typeof value === "object" && value !== null && "_id" in value ? value["_id"] : undefined;
    if (plan.mode === "replace" || typeof id !== "string") continue;
    const ids = idsByTable.get(table) ?? [];
    ids.push(id);
    idsByTable.set(table, ids.length < batchRowsMax ? ids : []);
    if (ids.length === batchRowsMax) await look(table, ids);
  }
  for (const [table, ids] of idsByTable) if (ids.length > 0) await look(table, ids);
}

function idsTaken(table: string, ids: readonly Value[]): BothyError {
  const shown = ids.slice(0, 10).map(String);
  return new BothyError("document_exists", {
    message: `Table "${table}" has documents of this file already, nothing was imported: ${shown.join(", ")}${ids.length > shown.length ? ", …" : ""}.`,
    fix: "Add --replace to put the file's documents in place of the table's, or leave the _id out of the file.",
    details: shown,
  });
}

/** Begins an import in the database. */
export async function beginImport(
  admin: AdminConnection,
  { name, sha256, tables }: Pick<ImportSource, "name" | "sha256" | "tables">,
  { mode, replaced }: { readonly mode: ImportJournal["mode"]; readonly replaced: readonly string[] },
): Promise<ImportJournal> {
  const total = tables.reduce((sum, { count }) => sum + count, 0);
  await admin.call("_system/imports:begin", { name, sha256, mode, replaced: [...replaced], total });
  const journal = await readUnfinished(admin);
  assert(journal !== undefined, "an import that was begun stands in the database");
  return journal;
}

/** Writes what is not in yet, removes what is replaced, and ends the import. */
export async function runImport(
  { admin, clock, onProgress }: ImportParts,
  source: ImportSource,
  journal: ImportJournal,
): Promise<void> {
  const { id, total, replaced } = journal;
  const startedMs = clock.monotonicMs();
  let { done } = journal;
  for await (const { table, documents } of batchesOf(skip(source.rows(), done))) {
    ({ done } = await writeAll(admin, { id, table, documents, done }));
    const seconds = Math.max(clock.monotonicMs() - startedMs, 1) / 1_000;
    onProgress({ done, total, perSecond: (done - journal.done) / seconds });
  }
  for (const table of replaced) await sweep(admin, id, table);
  await admin.call("_system/imports:finish", { id });
}

/** Documents of one table that go in together. */
export interface Batch {
  readonly id: string;
  readonly table: string;
  readonly documents: readonly Json[];
  readonly done: number;
}

/** Writes documents in as many steps as they take; tells how many are done then, and their ids. */
export async function writeAll(
  admin: AdminConnection,
  { id, table, documents, done }: Batch,
): Promise<{ readonly done: number; readonly ids: readonly string[] }> {
  const ids: string[] = [];
  while (ids.length < documents.length) {
    const rest = documents.slice(ids.length);
    const call = { id, done: done + ids.length, table, documents: rest };
    const written = (await admin.call("_system/imports:write", call)) as { readonly ids: readonly string[] };
    assert(written.ids.length > 0, "a step takes a document at least");
    ids.push(...written.ids);
  }
  return { done: done + ids.length, ids };
}

async function sweep(admin: AdminConnection, id: string, table: string): Promise<void> {
  for (let after: Json = null; ;) {
    const swept = (await admin.call("_system/imports:sweep", { id, table, after })) as {
      readonly after: string | null;
    };
    if (swept.after === null) return;
    ({ after } = swept);
  }
}

async function* skip(rows: AsyncIterable<SourceRow>, count: number): AsyncGenerator<SourceRow> {
  let at = 0;
  for await (const row of rows) if (at++ >= count) yield row;
}

/** Groups rows into batches of one table each, in their order. */
export async function* batchesOf(
  rows: AsyncIterable<SourceRow> | Iterable<SourceRow>,
): AsyncGenerator<{ readonly table: string; readonly documents: readonly Json[] }> {
  let batch: Json[] = [];
  let table = "";
  let bytes = 0;
  for await (const row of rows) {
    const encoded = encodeValue(row.value);
    const size = utf8Length(JSON.stringify(encoded));
    const isFull = batch.length === batchRowsMax || bytes + size > batchBytesMax;
    if (batch.length > 0 && (isFull || row.table !== table)) {
      yield { table, documents: batch };
      batch = [];
      bytes = 0;
    }
    ({ table } = row);
    batch.push(encoded);
    bytes += size;
  }
  if (batch.length > 0) yield { table, documents: batch };
}
