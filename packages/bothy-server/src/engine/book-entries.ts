import {
  assert,
  digestText,
  elementEnd,
  emptyDigest,
  indexOf,
  projectionOf,
  tableOf,
  widthOf,
  type Key,
  type Projection,
  type RangeDigest,
  type Schema,
  type Version,
} from "bothy/internal";
import { indexBooksPrefix, versionText } from "./keys.ts";
import type { BookShape } from "./log-entry.ts";
import { projectionTag } from "./stored-document.ts";

/*
 * Under the prefix of a book stand, for each prefix of its index:
 *   l <version> <id>  the document left at this version; value: the version at which it had come
 *   p <version> <id>  the document is inside and was last written at this version; value: the version at which it came
 *   t                 its total: the book's `since`, the newest version that changed anything, count and digest
 * A document that was inside when the book began and has not been written since has no entry of its own, nor has one
 * that was last written at the horizon or before; it came no later than the book reaches back. In the book of a projection
 * only those writes count that it shows.
 */
export type EntryKind = "l" | "p";

/** A kept book: it knows what changed in every prefix of its shape after `since`, as far as the horizon lets it. */
export interface Book extends BookShape {
  readonly since: Version;
  /** Rows whose index key is lower are in the totals. */
  readonly countedTo: Key;
  /** The version from which on all rows are; null while they are being counted. */
  readonly wholeAt: Version | null;
}

/** No key of an index is as great. */
export const keysEnd: Key = "\xff";

/** A book with the places of what it reads and writes. */
export interface PlacedBook {
  readonly book: Book;
  /** Position of its index among the keys of a document. */
  readonly position: number;
  /** Begins the keys of all its entries. */
  readonly keyPrefix: string;
  /** What it keeps count of; undefined: of whole documents. */
  readonly projection: Projection | undefined;
  /** Writes that only wider projections show are not its affair. */
  readonly width: number;
}

export function placeBook(schema: Schema, book: Book): PlacedBook {
  const table = tableOf(schema, book.table);
  const index = indexOf(table, book.index);
  const projection = book.projection === undefined ? undefined : projectionOf(table, book.projection);
  const kind = book.equalities + (projection === undefined ? 0 : projectedBook);
  const tag = projection === undefined ? "" : projectionTag(projection);
  const keyPrefix = indexBooksPrefix(book.table, index) + String.fromCharCode(kind) + tag;
  const width = widthOf(table, book.projection);
  return { book, position: table.indexes.indexOf(index), keyPrefix, projection, width };
}

// Added to the number of equalities where a tag of a projection follows, which has so many characters.
const projectedBook = 0x80;
const projectionTagLength = 8;

/** Begins the key of an entry, which ends with the document's id. */
export function entryKey({ keyPrefix }: PlacedBook, prefix: Key, kind: EntryKind, version: Version): string {
  return keyPrefix + prefix + kind + versionText(version);
}

export function totalKey({ keyPrefix }: PlacedBook, prefix: Key): string {
  return `${keyPrefix}${prefix}t`;
}

/** The part of an index key that a book tells apart. */
export function leadingElements(key: Key, count: number): Key {
  let end = 0;
  for (let i = 0; i < count; i++) end = elementEnd(key, end);
  return key.slice(0, end);
}

/** What a book knows of a whole prefix. */
export interface BookTotal {
  /** The last version that changed anything inside; 0 if the book knows of none. */
  readonly newest: Version;
  /** Of the rows that have been counted. */
  readonly digest: RangeDigest;
}

export const emptyTotal: BookTotal = { newest: 0, digest: emptyDigest };

/** Writes a total as the store keeps it. The book's beginning tells it from what an earlier book of the shape left behind. */
export function encodeTotal(book: Book, { newest, digest }: BookTotal): string {
  return `${book.since} ${newest} ${digest.count} ${digestText(digest)}`;
}

/** Reads a total as the store keeps it. */
export function decodeTotal(book: Book, text: string | undefined): BookTotal {
  const [since, newest, count, sums] = text?.split(" ") ?? [];
  if (since !== String(book.since)) return emptyTotal;
  assert(newest !== undefined && count !== undefined && sums?.length === 16, "a total has four parts");
  return {
    newest: Number(newest),
    digest: {
      count: Number(count),
      high: Number.parseInt(sums.slice(0, 8), 16),
      low: Number.parseInt(sums.slice(8), 16),
    },
  };
}

/** The parts of a key of any book's entry: what the whole book begins with, what its prefix begins with, the kind. */
export function splitEntryKey(key: string): {
  readonly keyPrefix: string;
  readonly base: string;
  readonly kind: string;
} {
  const tagEnd = key.indexOf("\0", key.indexOf("\0") + 1);
  const bookKind = key.charCodeAt(tagEnd + 1);
  const isProjected = bookKind >= projectedBook;
  const begin = tagEnd + 2 + (isProjected ? projectionTagLength : 0);
  let end = begin;
  for (let i = 0; i < bookKind % projectedBook; i++) end = elementEnd(key, end);
  return { keyPrefix: key.slice(0, begin), base: key.slice(0, end), kind: key.charAt(end) };
}
