import {
  assert,
  elementEnd,
  indexOf,
  keyAfterPrefix,
  tableOf,
  type IndexDefinition,
  type Key,
  type KeyRange,
  type Schema,
  type Version,
} from "bothy/internal";
import type { StoreReader, StoreWrite } from "../store/index.ts";
import type { DocumentWrite, RangeChanges, StoredDocument } from "./engine.ts";
import { documentKey, indexBooksPrefix, versionText } from "./keys.ts";
import type { BookShape } from "./log-entry.ts";
import { decodeStored, storedVersion } from "./stored-document.ts";

/** A kept book: it knows what changed in every prefix of its shape after `since`. */
export interface Book extends BookShape {
  readonly since: Version;
}

/*
 * Under the prefix of a book stand, for each prefix of its index:
 *   p <version> <id>  the document is inside and was last written at this version; value: the version at which it came
 *   l <version> <id>  the document left at this version; value: the version at which it had come
 * A document that was inside when the book began and has not been written since has no entry; it came at `since` or before.
 */
type EntryKind = "p" | "l";

/** The books in force, found by table when a document is written. */
export class Books {
  readonly #schema: Schema;
  readonly #booksByTable = new Map<string, PlacedBook[]>();

  constructor(schema: Schema, books: readonly Book[]) {
    this.#schema = schema;
    for (const book of books) this.add(book);
  }

  /** All books, as they are kept. */
  get list(): readonly Book[] {
    return [...this.#booksByTable.values()].flat().map(({ book }) => book);
  }

  add(book: Book): void {
    const placed = placeBook(this.#schema, book);
    const others = this.#booksByTable.get(book.table);
    if (others === undefined) this.#booksByTable.set(book.table, [placed]);
    else others.push(placed);
  }

  find({ table, index, equalities }: BookShape): Book | undefined {
    const placed = this.#booksByTable.get(table);
    return placed?.find(({ book }) => book.index === index && book.equalities === equalities)?.book;
  }

  isKeptFor(table: string): boolean {
    return this.#booksByTable.has(table);
  }

  /** What a write of a document that was last written at `versionBefore` changes in the books of its table. */
  writesFor(view: StoreReader, write: DocumentWrite, version: Version, versionBefore: Version): StoreWrite[] {
    const writes: StoreWrite[] = [];
    for (const placed of this.#booksByTable.get(write.table) ?? []) {
      const before = prefixIn(placed, write.before);
      const after = prefixIn(placed, write.after);
      let came = String(version);
      if (before !== undefined) {
        const present = entryKey(placed, before, "p", versionBefore) + write.id;
        const noted = view.get(present);
        came = noted ?? String(placed.book.since);
        if (noted !== undefined) writes.push([present, undefined]);
        if (before !== after) {
          writes.push([entryKey(placed, before, "l", version) + write.id, came]);
          came = String(version);
        }
      }
      if (after !== undefined) writes.push([entryKey(placed, after, "p", version) + write.id, came]);
    }
    return writes;
  }
}

interface PlacedBook {
  readonly book: Book;
  /** Position of its index among the keys of a document. */
  readonly position: number;
  readonly keyPrefix: string;
}

function placeBook(schema: Schema, book: Book): PlacedBook {
  const table = tableOf(schema, book.table);
  const index = indexOf(table, book.index);
  return { book, position: table.indexes.indexOf(index), keyPrefix: bookPrefix(book, index) };
}

function bookPrefix(book: BookShape, index: IndexDefinition): string {
  return `${indexBooksPrefix(book.table, index)}${String.fromCharCode(book.equalities)}`;
}

function entryKey(
  { keyPrefix }: { readonly keyPrefix: string },
  prefix: Key,
  kind: EntryKind,
  version: Version,
): string {
  return keyPrefix + prefix + kind + versionText(version);
}

function prefixIn({ book, position }: PlacedBook, keys: readonly Key[] | null): Key | undefined {
  if (keys === null) return undefined;
  const key = keys[position];
  assert(key !== undefined, "a document has a key in every index of its table");
  return leadingElements(key, book.equalities);
}

function leadingElements(key: Key, count: number): Key {
  let end = 0;
  for (let i = 0; i < count; i++) end = elementEnd(key, end);
  return key.slice(0, end);
}

/** What a book recorded after a version, or undefined if the book does not reach that far or the range is bounded. */
export function readChanges(
  schema: Schema,
  view: StoreReader,
  book: Book | undefined,
  read: { readonly range: KeyRange; readonly since: Version },
): RangeChanges | undefined {
  const { range, since } = read;
  if (book === undefined || since < book.since || !isWholePrefix(range)) return undefined;
  const placed = placeBook(schema, book);
  const rows = readPresent(view, placed, range.lower, since);
  const present = new Set(rows.map(({ id }) => id));
  const gone = new Set<string>();
  for (const [key, came] of entriesAfter(view, placed, range.lower, { kind: "l", since })) {
    // A document that came after the version was not inside at it, and one that is back is among the rows.
    if (Number(came) <= since && !present.has(key)) gone.add(key);
  }
  return { rows, gone: [...gone] };
}

function isWholePrefix({ lower, upper, equalities }: KeyRange): boolean {
  if (upper !== keyAfterPrefix(lower)) return false;
  let [end, count] = [0, 0];
  for (; end < lower.length; count++) end = elementEnd(lower, end);
  return count === equalities;
}

function readPresent(view: StoreReader, placed: PlacedBook, prefix: Key, since: Version): StoredDocument[] {
  const rows: StoredDocument[] = [];
  for (const [id] of entriesAfter(view, placed, prefix, { kind: "p", since })) {
    const stored = view.get(documentKey(placed.book.table, id));
    assert(stored !== undefined && storedVersion(stored) > since, "a book lists documents that are there");
    rows.push(decodeStored(id, stored));
  }
  return rows;
}

const pageEntries = 1_024;

/** Ids and values of the entries of one kind after a version, in order of versions. */
function* entriesAfter(
  view: StoreReader,
  placed: PlacedBook,
  prefix: Key,
  { kind, since }: { readonly kind: EntryKind; readonly since: Version },
): Generator<readonly [id: string, value: string]> {
  const idAt = entryKey(placed, prefix, kind, 0).length;
  let lower = entryKey(placed, prefix, kind, since + 1);
  const upper = `${placed.keyPrefix}${prefix}${String.fromCharCode(kind.charCodeAt(0) + 1)}`;
  for (;;) {
    const page = view.range(lower, upper, "asc", pageEntries);
    for (const [key, value] of page) yield [key.slice(idAt), value];
    const last = page.at(-1);
    if (last === undefined || page.length < pageEntries) return;
    lower = `${last[0]}\0`;
  }
}
