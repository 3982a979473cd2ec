import {
  BothyError,
  isBothyError,
  parseValue,
  tableOf,
  validate,
  type IndexDefinition,
  type Json,
  type Schema,
  type TableDefinition,
} from "bothy/internal";
import type { Store, StoreReader, StoreWrite } from "../store/index.ts";
import type { Book } from "./book-entries.ts";
import { afterPrefix, documentsPrefix, indexBooksPrefix, indexPrefix, indexTag } from "./keys.ts";
import { keysOfText } from "./stage-commit.ts";
import { decodeStored, idOfKey } from "./stored-document.ts";

/** Told what takes time, in words for the one who waits. */
export type OnProgress = (text: string) => void;

/** What has to be done so that another schema can be in force. Nothing of it is done yet. */
export interface SchemaChange {
  readonly next: Schema;
  /** Tables of which documents must be looked at, because what they may hold has changed. */
  readonly checked: readonly TableDefinition[];
  readonly built: readonly PlacedIndex[];
  readonly dropped: readonly PlacedIndex[];
}

interface PlacedIndex {
  readonly table: string;
  readonly index: IndexDefinition;
}

/** Compares the schema in force with the wanted one. */
export function planSchemaChange(current: Schema | undefined, next: Schema): SchemaChange {
  const before = placedIndexes(current);
  const after = placedIndexes(next);
  return {
    next,
    checked: Object.values(next.tables).filter(
      (table) => JSON.stringify(current?.tables[table.name]?.validator.json) !== JSON.stringify(table.validator.json),
    ),
    built: [...after].filter(([tag]) => !before.has(tag)).map(([, placed]) => placed),
    dropped: [...before].filter(([tag]) => !after.has(tag)).map(([, placed]) => placed),
  };
}

/** Every index but by_id, which the documents themselves are. */
function placedIndexes(schema: Schema | undefined): Map<string, PlacedIndex> {
  const placed = new Map<string, PlacedIndex>();
  for (const table of Object.values(schema?.tables ?? {})) {
    for (const index of table.indexes.slice(1))
      placed.set(`${table.name}/${indexTag(index)}`, { table: table.name, index });
  }
  return placed;
}

/** The books that stay: those of dropped indexes go with them, and those by id, which is never dropped, with their table. */
export function booksAfter(change: SchemaChange, books: readonly Book[]): Book[] {
  return books.filter(
    (book) =>
      Object.hasOwn(change.next.tables, book.table) &&
      !change.dropped.some(({ table, index }) => table === book.table && index.name === book.index),
  );
}

const pageDocuments = 500;
const problemsMax = 10;

interface Problem {
  readonly table: string;
  readonly id: string;
  readonly path: string;
  readonly problem: string;
}

/** Refuses a schema that stored documents break, naming up to ten of them. Changes nothing. */
export async function checkDocuments(change: SchemaChange, view: StoreReader, onProgress: OnProgress): Promise<void> {
  const problems: Problem[] = [];
  const tables = new Set([...change.checked.map(({ name }) => name), ...change.built.map(({ table }) => table)]);
  for (const name of tables) {
    const table = tableOf(change.next, name);
    await eachDocument(
      view,
      name,
      (id, text) => {
        problems.push(...problemsOf(change.next, table, id, text));
        return problems.length < problemsMax;
      },
      (count) => onProgress(`Checking table "${name}" against the schema: ${count} documents.`),
    );
    if (problems.length >= problemsMax) break;
  }
  if (problems.length === 0) return;
  const shown = problems.slice(0, problemsMax);
  throw new BothyError("schema_invalid", {
    message: `Stored documents do not fit the schema: ${shown.map(({ table, id, path, problem }) => `${table} ${id}${path === "" ? "" : ` at ${path}`}: ${problem}`).join("; ")}.`,
    fix: "Change the schema so that it lets them through (v.optional, v.union), correct the documents with the old schema, then narrow it.",
    details: shown.map(({ table, id, path, problem }) => ({ table, id, path, problem })),
  });
}

function problemsOf(schema: Schema, table: TableDefinition, id: string, text: string): Problem[] {
  try {
    validate(table.documentValidator, parseValue(text), "document_invalid", "");
    // A value too large for a new index shows only here.
    keysOfText(schema, table.name, text);
    return [];
  } catch (error) {
    if (!isBothyError(error)) throw error;
    const issues = Array.isArray(error.details) ? error.details : [];
    const found = issues.map((issue) => describeIssue(issue));
    return [{ table: table.name, id, path: found[0]?.path ?? "", problem: found[0]?.problem ?? error.message }];
  }
}

function describeIssue(issue: Json): { path: string; problem: string } {
  if (typeof issue !== "object" || issue === null || !("path" in issue))
    return { path: "", problem: JSON.stringify(issue) };
  const { path, expected, found } = issue;
  const steps = Array.isArray(path)
    ? path.filter((step): step is string | number => typeof step === "string" || typeof step === "number")
    : [];
  const [wanted, had] = [expected, found].map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
  return { path: steps.join("."), problem: `expected ${wanted}, found ${had}` };
}

/** Builds the new indexes from the documents. The old ones stay as they are, so that this can be begun again. */
export async function buildIndexes(change: SchemaChange, store: Store, onProgress: OnProgress): Promise<void> {
  const tables = new Set(change.built.map(({ table }) => table));
  for (const name of tables) {
    const indexes = change.built.filter(({ table }) => table === name).map(({ index }) => index);
    // What an earlier attempt left behind, or an index of this form that was dropped half.
    for (const index of indexes) await clearPrefix(store, indexPrefix(name, index));
    await buildTable(change.next, store, { name, indexes }, onProgress);
  }
}

async function buildTable(
  schema: Schema,
  store: Store,
  { name, indexes }: { readonly name: string; readonly indexes: readonly IndexDefinition[] },
  onProgress: OnProgress,
): Promise<void> {
  const positions = indexes.map((index) => ({
    prefix: indexPrefix(name, index),
    at: tableOf(schema, name).indexes.indexOf(index),
  }));
  let writes: StoreWrite[] = [];
  const title = `Building ${indexes.length === 1 ? `index "${indexes[0]?.name}"` : `${indexes.length} indexes`} of table "${name}"`;
  await eachDocument(
    store,
    name,
    (id, text) => {
      const keys = keysOfText(schema, name, text);
      for (const { prefix, at } of positions) writes.push([prefix + (keys[at] ?? ""), id]);
      return true;
    },
    async (count) => {
      await store.apply(writes, store.appliedVersion);
      writes = [];
      onProgress(`${title}: ${count} documents.`);
    },
  );
}

/** Removes the entries and books of the indexes that are no more. */
export async function dropIndexes(change: SchemaChange, store: Store): Promise<void> {
  for (const { table, index } of change.dropped) {
    await clearPrefix(store, indexPrefix(table, index));
    await clearPrefix(store, indexBooksPrefix(table, index));
  }
}

const clearedAtOnce = 2_000;

async function clearPrefix(store: Store, prefix: string): Promise<void> {
  for (;;) {
    const entries = store.range(prefix, afterPrefix(prefix), "asc", clearedAtOnce);
    if (entries.length === 0) return;
    await store.apply(
      entries.map(([key]): StoreWrite => [key, undefined]),
      store.appliedVersion,
    );
  }
}

/** Visits a table page by page until `visit` returns false; `onPage` is awaited after each page that held something. */
async function eachDocument(
  view: StoreReader,
  table: string,
  visit: (id: string, text: string) => boolean,
  onPage: (count: number) => void | Promise<void>,
): Promise<void> {
  const prefix = documentsPrefix(table);
  let lower = prefix;
  for (let count = 0; ;) {
    const page = view.range(lower, afterPrefix(prefix), "asc", pageDocuments);
    for (const [key, stored] of page) {
      const { id, text } = decodeStored(idOfKey(key.slice(prefix.length)), stored);
      lower = `${key}\0`;
      if (!visit(id, text)) return;
    }
    count += page.length;
    if (page.length > 0) await onPage(count);
    if (page.length < pageDocuments) return;
  }
}
