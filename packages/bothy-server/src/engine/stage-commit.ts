import {
  assert,
  BothyError,
  documentKeys,
  parseValue,
  tableOf,
  type Document,
  type Key,
  type Schema,
  type Version,
} from "bothy/internal";
import type { StoreReader, StoreWrite } from "../store/index.ts";
import { BookNotes } from "./book-notes.ts";
import type { Books } from "./books.ts";
import type { DocumentWrite, RecordWrite } from "./engine.ts";
import { documentKey, indexPrefix, recordKey } from "./keys.ts";
import type { LogEntry } from "./log-entry.ts";
import { touchedWidth } from "./project-text.ts";
import { decodeStored, encodeStored, headOfStored, stampsAfter } from "./stored-document.ts";

/** What a commit is laid over. */
export interface StageContext {
  readonly schema: Schema;
  readonly view: StoreReader;
  readonly books: Books;
  readonly version: Version;
  /** Is given, for each write, the stamps that its document had. */
  readonly stamps?: string[];
}

/** The writes of the store that a commit's documents and records come to. Nothing is changed here. */
export function stageWrites(
  context: StageContext,
  writes: readonly DocumentWrite[],
  records: readonly RecordWrite[],
): StoreWrite[] {
  const staged: StoreWrite[] = [];
  if (writes.length > 1) {
    const written = new Set(writes.map(({ table, id }) => documentKey(table, id)));
    assert(written.size === writes.length, "a commit writes each document once");
  }
  const { books, view, version } = context;
  const notes = books.isEmpty ? undefined : new BookNotes(books, view, version);
  for (const write of writes) stageDocument(context, write, staged, notes);
  if (notes !== undefined) staged.push(...notes.writes());
  for (const { key, text } of records) staged.push([recordKey(key), text ?? undefined]);
  return staged;
}

function stageDocument(
  context: StageContext,
  write: DocumentWrite,
  staged: StoreWrite[],
  notes: BookNotes | undefined,
): void {
  const { schema, view, version } = context;
  const { table: tableName, id, text, before, after } = write;
  // Inserted and deleted by one transaction: nothing was there and nothing will be.
  if (before === null && after === null) return void context.stamps?.push("");
  const table = tableOf(schema, tableName);
  const at = documentKey(tableName, id);
  const stored = view.get(at);
  // Ids come from nonces, and nonces from devices: one that is used twice names a document that is there.
  if (stored !== undefined && before === null) throw documentExists(tableName, id);
  assert(stored !== undefined || before === null, `a write of ${id} knows that the document is not there`);
  assert((text !== null) === (after !== null), "a written document has keys, a deleted one has none");
  assert((before ?? after ?? []).length === table.indexes.length, "a document has a key in every index of its table");
  const stamps = stampsAfter(table, stored, write.touchedWidth ?? 0);
  staged.push([at, text === null ? undefined : encodeStored(version, stamps, text)]);
  // The first index is by_id, which the documents themselves are.
  for (let i = 1; i < table.indexes.length; i++) {
    const [old, now] = [before?.[i], after?.[i]];
    const index = table.indexes[i];
    if (old === now || index === undefined) continue;
    if (old !== undefined) staged.push([indexPrefix(tableName, index) + old, undefined]);
    if (now !== undefined) staged.push([indexPrefix(tableName, index) + now, id]);
  }
  context.stamps?.push(stored === undefined ? "" : headOfStored(stored));
  notes?.note(write, stored);
}

function documentExists(table: string, id: string): BothyError {
  return new BothyError("document_exists", {
    message: `Table "${table}" has a document ${id} already.`,
    fix: "Make the call again with another nonce: the ids of what it inserts are derived from it.",
  });
}

/** Writes together with the narrowest projections that show them, as the documents are that they replace. */
export function withTouchedWidth(
  schema: Schema,
  view: StoreReader,
  writes: readonly DocumentWrite[],
): readonly DocumentWrite[] {
  return writes.map((write) => {
    const table = tableOf(schema, write.table);
    if (table.projections.length === 0) return write;
    const stored = view.get(documentKey(write.table, write.id));
    const before = stored === undefined ? null : decodeStored(write.id, stored).text;
    return { ...write, touchedWidth: touchedWidth(table, before, write.text) };
  });
}

/** The writes of a log entry with their index keys, as the schema in force tells them. */
export function documentWritesOf(schema: Schema, view: StoreReader, entry: LogEntry): readonly DocumentWrite[] {
  const writes = entry.writes.map(({ table, id, text }) => {
    const stored = view.get(documentKey(table, id));
    const before = stored === undefined ? null : keysOfText(schema, table, decodeStored(id, stored).text);
    return { table, id, text, before, after: text === null ? null : keysOfText(schema, table, text) };
  });
  return withTouchedWidth(schema, view, writes);
}

/** The index keys of a stored document. */
export function keysOfText(schema: Schema, table: string, text: string): Key[] {
  // What is stored under a table was a document of it when it was written.
  return documentKeys(tableOf(schema, table), parseValue(text) as Document);
}
