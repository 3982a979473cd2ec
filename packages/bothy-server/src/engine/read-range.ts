import {
  assert,
  indexOf,
  keyAfterPrefix,
  projectionOf,
  tableOf,
  type Key,
  type KeyRange,
  type Schema,
} from "bothy/internal";
import type { Order, StoreEntry, StoreReader } from "../store/index.ts";
import type { ReadResult, StoredDocument } from "./engine.ts";
import { documentKey, documentsPrefix, indexPrefix } from "./keys.ts";
import { decodeStored, idOfKey } from "./stored-document.ts";

/** Reads the documents of a range from a view. */
export function readRange(
  schema: Schema,
  view: StoreReader,
  range: KeyRange,
  read: { readonly order: Order; readonly limit: number },
): ReadResult {
  const table = tableOf(schema, range.table);
  const index = indexOf(table, range.index);
  const isById = index === table.indexes[0];
  const prefix = isById ? documentsPrefix(table.name) : indexPrefix(table.name, index);
  const isOneId = isById && range.equalities === 1 && range.upper === keyAfterPrefix(range.lower);
  // One more than asked for tells whether the range goes on.
  const projection = range.projection === undefined ? undefined : projectionOf(table, range.projection);
  const entries = isOneId
    ? entriesAt(view, prefix + range.lower)
    : view.range(prefix + range.lower, prefix + range.upper, read.order, read.limit + 1);
  const isWhole = entries.length <= read.limit;
  const keys: Key[] = [];
  const documents: StoredDocument[] = [];
  for (const [at, value] of isWhole ? entries : entries.slice(0, read.limit)) {
    const key = at.slice(prefix.length);
    keys.push(key);
    const [id, stored] = isById ? [idOfKey(key), value] : [value, getStored(view, table.name, value)];
    documents.push(decodeStored(id, stored, projection));
  }
  return { documents, keys, isWhole };
}

/** A document that is asked for by its id: a look at one key costs the store a fraction of a range. */
function entriesAt(view: StoreReader, key: string): readonly StoreEntry[] {
  const value = view.get(key);
  return value === undefined ? [] : [[key, value]];
}

/** Pages through a range in ascending order. */
export function createCursor(
  schema: Schema,
  view: StoreReader,
  range: KeyRange,
): { next(maxBytes: number): ReadResult } {
  let lower = range.lower;
  return {
    next: (maxBytes) => {
      const keys: Key[] = [];
      const documents: StoredDocument[] = [];
      let bytes = 0;
      for (;;) {
        const part = readRange(schema, view, { ...range, lower }, { order: "asc", limit: cursorRows });
        for (const [i, document] of part.documents.entries()) {
          const key = part.keys[i];
          assert(key !== undefined, "every document has its key");
          keys.push(key);
          documents.push(document);
          bytes += document.text.length;
          lower = `${key}\0`;
          const isLast = part.isWhole && i === part.documents.length - 1;
          if (bytes >= maxBytes) return { keys, documents, isWhole: isLast };
        }
        if (part.isWhole) return { keys, documents, isWhole: true };
      }
    },
  };
}

const cursorRows = 64;

function getStored(view: StoreReader, table: string, id: string): string {
  const stored = view.get(documentKey(table, id));
  assert(stored !== undefined, `the index entry of document ${id} of table ${table} has its document`);
  return stored;
}
