import { assert, digestWith, indexOf, tableOf, unreachable, type Key, type Schema, type Version } from "bothy/internal";
import type { StoreReader, StoreWrite } from "../store/index.ts";
import { decodeTotal, keysEnd, leadingElements, splitEntryKey, type PlacedBook } from "./book-entries.ts";
import { TotalsChanged } from "./book-notes.ts";
import type { Books } from "./books.ts";
import { afterPrefix, booksPrefix, documentsPrefix, indexPrefix, versionText } from "./keys.ts";
import { shapeOf, type LogEntry } from "./log-entry.ts";
import { readRange } from "./read-range.ts";

/** What steps are planned over: the state before the record that takes one. */
export interface StepContext {
  readonly schema: Schema;
  readonly view: StoreReader;
  readonly books: Books;
  readonly version: Version;
}

/** The writes of the store that a record's step of the books comes to. */
export function writesOfStep(context: StepContext, entry: LogEntry): StoreWrite[] {
  const { bookStep } = entry;
  if (bookStep === undefined) return [];
  switch (bookStep.kind) {
    case "count": {
      const placed = context.books.bookOf(entry, context.version);
      assert(placed !== undefined, "a book is counted that is kept");
      return countRows(context, placed, bookStep.to);
    }
    case "sweep":
      return sweepEntries(context, context.books.horizon.sweptTo ?? "", { to: bookStep.to ?? booksEnd }).writes;
    case "mark":
      return [];
    default:
      return unreachable(bookStep);
  }
}

/** Where a step that counts at most so many rows ends. */
export function countUpTo({ schema, view }: StepContext, { book }: PlacedBook, rows: number): Key {
  const table = tableOf(schema, book.table);
  const index = indexOf(table, book.index);
  const prefix = index === table.indexes[0] ? documentsPrefix(table.name) : indexPrefix(table.name, index);
  const entries = view.range(prefix + book.countedTo, afterPrefix(prefix), "asc", rows + 1);
  const next = entries.length > rows ? entries.at(-1) : undefined;
  return next === undefined ? keysEnd : next[0].slice(prefix.length);
}

function countRows({ schema, view }: StepContext, placed: PlacedBook, to: Key): StoreWrite[] {
  const { book } = placed;
  const range = { ...shapeOf(book), equalities: 0, lower: book.countedTo, upper: to };
  const { documents, keys } = readRange(schema, view, range, { order: "asc", limit: Number.MAX_SAFE_INTEGER - 1 });
  const totals = new TotalsChanged(view);
  for (const [i, { id, version }] of documents.entries()) {
    totals.change(placed, leadingElements(keys[i] ?? "", book.equalities), ({ newest, digest }) => ({
      newest,
      digest: digestWith(digest, id, version),
    }));
  }
  return totals.writes();
}

/** After all entries of all books. */
export const booksEnd = afterPrefix(booksPrefix);

/**
 * Removes what no answer needs any more from a place in the books on: entries of the horizon or before, totals of no rows
 * that say nothing newer, and what books that are kept no longer have left behind. Ends at a place, or after so many looks.
 */
export function sweepEntries(
  { view, books }: StepContext,
  from: string,
  bound: { readonly to: string } | { readonly looks: number },
): { readonly writes: StoreWrite[]; readonly to: string } {
  const placedByPrefix = new Map(books.placed.map((placed) => [placed.keyPrefix, placed]));
  const writes: StoreWrite[] = [];
  const end = "to" in bound ? bound.to : booksEnd;
  let at = from === "" ? booksPrefix : from;
  for (let looks = 0; at < end && (!("looks" in bound) || looks < bound.looks); looks++) {
    const found = view.range(at, end, "asc", 1)[0];
    if (found === undefined) return { writes, to: end };
    const [key, value] = found;
    const { keyPrefix, base, kind } = splitEntryKey(key);
    const placed = placedByPrefix.get(keyPrefix);
    if (placed === undefined || kind === "t") {
      if (placed === undefined || isTotalNeedless(books, placed, value)) writes.push([key, undefined]);
      at = `${key}\0`;
      continue;
    }
    // All old entries of this prefix and kind stand together, before the ones to be kept.
    const upper = `${base}${kind}${versionText(books.horizon.version + 1)}`;
    const old = view.range(at, upper < end ? upper : end, "asc", oldAtOnce);
    for (const [oldKey] of old) writes.push([oldKey, undefined]);
    const last = old.at(-1);
    const isRest = last !== undefined && old.length === oldAtOnce;
    at = isRest ? `${last[0]}\0` : `${base}${kind}\xff`;
  }
  return { writes, to: at < end ? at : end };
}

const oldAtOnce = 64;

function isTotalNeedless(books: Books, placed: PlacedBook, text: string): boolean {
  const { newest, digest } = decodeTotal(placed.book, text);
  return digest.count === 0 && newest <= books.reachOf(placed);
}
