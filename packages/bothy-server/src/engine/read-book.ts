import { assert, digestText, elementEnd, keyAfterPrefix, type Key, type KeyRange, type Version } from "bothy/internal";
import type { StoreReader } from "../store/index.ts";
import { decodeTotal, emptyTotal, entryKey, totalKey, type EntryKind, type PlacedBook } from "./book-entries.ts";
import type { Books } from "./books.ts";
import type { RangeChanges, RangeProof, StoredDocument } from "./engine.ts";
import { documentKey } from "./keys.ts";
import { decodeStored } from "./stored-document.ts";

/** A view, and the books that were in force then or are now. */
export interface BookReader {
  readonly view: StoreReader;
  readonly version: Version;
  readonly books: Books;
}

/**
 * The version of the newest change inside, or, if the book no longer knows of any, the one that it reaches back to. One look
 * into the store; undefined if no book is kept or the range is no whole prefix. A prefix that holds documents keeps its
 * newest change beyond the horizon: it can be proved to be unchanged for ever.
 */
export function readNewestChange({ view, books }: BookReader, range: KeyRange): Version | undefined {
  const placed = findBook(books, range);
  return placed && newestIn(view, books, placed, range.lower);
}

function newestIn(view: StoreReader, books: Books, placed: PlacedBook, prefix: Key): Version {
  const total = decodeTotal(placed.book, view.get(totalKey(placed, prefix)));
  return total === emptyTotal ? books.reachOf(placed) : Math.max(total.newest, placed.book.since);
}

/** Count and digest of a whole prefix; undefined while its book is being counted, and without one. */
export function readDigest({ view, books, version }: BookReader, range: KeyRange): RangeProof | undefined {
  const placed = findBook(books, range);
  if (placed === undefined) return undefined;
  const { wholeAt } = placed.book;
  if (wholeAt === null || version < wholeAt) return undefined;
  const { digest } = decodeTotal(placed.book, view.get(totalKey(placed, range.lower)));
  return { count: digest.count, digest: digestText(digest) };
}

/** What a book recorded after a version; undefined if it does not reach that far, or the range is no whole prefix. */
export function readChanges({ view, books }: BookReader, range: KeyRange, since: Version): RangeChanges | undefined {
  const placed = findBook(books, range);
  if (placed === undefined) return undefined;
  if (newestIn(view, books, placed, range.lower) <= since) return unchanged;
  if (since < books.reachOf(placed)) return undefined;
  const rows = readPresent(view, placed, range.lower, since);
  const present = new Set(rows.map(({ id }) => id));
  const gone = new Set<string>();
  for (const [id, came] of entriesAfter(view, placed, range.lower, { kind: "l", since })) {
    // A document that came after the version was not inside at it, and one that is back is among the rows.
    if (Number(came) <= since && !present.has(id)) gone.add(id);
  }
  return { rows, gone: [...gone] };
}

const unchanged: RangeChanges = { rows: [], gone: [] };

function findBook(books: Books, range: KeyRange): PlacedBook | undefined {
  return isWholePrefix(range) ? books.find(range) : undefined;
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
    const document = stored === undefined ? undefined : decodeStored(id, stored, placed.projection);
    assert(document !== undefined && document.version > since, "a book lists documents that are there");
    rows.push(document);
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
  const upper = `${placed.keyPrefix}${prefix}${kind}\xff`;
  for (;;) {
    const page = view.range(lower, upper, "asc", pageEntries);
    for (const [key, value] of page) yield [key.slice(idAt), value];
    const last = page.at(-1);
    if (last === undefined || page.length < pageEntries) return;
    lower = `${last[0]}\0`;
  }
}
