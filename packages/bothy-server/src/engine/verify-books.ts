import { digestText, digestWith, emptyDigest, type Key, type RangeDigest, type Schema } from "bothy/internal";
import type { StoreReader } from "../store/index.ts";
import { decodeTotal, leadingElements, placeBook, totalKey, type Book, type PlacedBook } from "./book-entries.ts";
import { shapeOf, type BookShape } from "./log-entry.ts";
import { readRange } from "./read-range.ts";

/** A prefix whose kept total is not that of its documents. */
export interface BookFault {
  readonly book: BookShape;
  readonly prefix: Key;
  /** Count and digest, as `count digest`. */
  readonly kept: string;
  readonly found: string;
}

const pageRows = 500;

/**
 * Counts all documents of a book anew and compares: yields each prefix whose total is wrong, and now and then, between
 * pages, undefined, so that the caller can let others have their turn. A book that is still being counted has no faults yet.
 */
export function* findBookFaults(schema: Schema, view: StoreReader, book: Book): Generator<BookFault | undefined> {
  if (book.wholeAt === null) return;
  const placed = placeBook(schema, book);
  yield* findWrongTotals(schema, view, placed);
  yield* findTotalsOfNothing(schema, view, placed);
}

function* findWrongTotals(schema: Schema, view: StoreReader, placed: PlacedBook): Generator<BookFault | undefined> {
  const { book } = placed;
  let prefix: Key | undefined;
  let found = emptyDigest;
  let lower = "";
  for (let isWhole = false; !isWhole;) {
    const range = { ...shapeOf(book), equalities: 0, lower, upper: "\xff" };
    const page = readRange(schema, view, range, { order: "asc", limit: pageRows });
    isWhole = page.isWhole;
    for (const [i, { id, version }] of page.documents.entries()) {
      const key = page.keys[i] ?? "";
      const inside = leadingElements(key, book.equalities);
      if (inside !== prefix) {
        if (prefix !== undefined) yield* compare(view, placed, prefix, found);
        [prefix, found] = [inside, emptyDigest];
      }
      found = digestWith(found, id, version);
      lower = `${key}\0`;
    }
    yield undefined;
  }
  if (prefix !== undefined) yield* compare(view, placed, prefix, found);
}

function* findTotalsOfNothing(schema: Schema, view: StoreReader, placed: PlacedBook): Generator<BookFault | undefined> {
  const { book, keyPrefix } = placed;
  for (let at = keyPrefix; ;) {
    const entry = view.range(at, `${keyPrefix}\xff`, "asc", 1)[0];
    if (entry === undefined) return;
    const prefix = leadingElements(entry[0].slice(keyPrefix.length), book.equalities);
    const range = { table: book.table, index: book.index, equalities: 0, lower: prefix, upper: `${prefix}\xff` };
    const { documents } = readRange(schema, view, range, { order: "asc", limit: 1 });
    if (documents.length === 0) yield* compare(view, placed, prefix, emptyDigest);
    yield undefined;
    at = `${keyPrefix}${prefix}u`;
  }
}

function* compare(view: StoreReader, placed: PlacedBook, prefix: Key, found: RangeDigest): Generator<BookFault> {
  const { digest } = decodeTotal(placed.book, view.get(totalKey(placed, prefix)));
  const [kept, counted] = [textOf(digest), textOf(found)];
  if (kept !== counted) yield { book: shapeOf(placed.book), prefix, kept, found: counted };
}

function textOf(digest: RangeDigest): string {
  return `${digest.count} ${digestText(digest)}`;
}
