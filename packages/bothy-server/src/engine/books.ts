import type { Schema, Version } from "bothy/internal";
import { keysEnd, placeBook, type Book, type PlacedBook } from "./book-entries.ts";
import { horizonAfter, noHorizon, type BookHorizon } from "./book-horizon.ts";
import { isSameShape, type BookShape, type LogEntry } from "./log-entry.ts";

/** The books in force and how far back they reach. */
export class Books {
  readonly #schema: Schema;
  readonly #booksByTable = new Map<string, PlacedBook[]>();
  #horizon: BookHorizon;
  #hasWork = false;

  constructor(schema: Schema, books: readonly Book[], horizon: BookHorizon = noHorizon) {
    this.#schema = schema;
    this.#horizon = horizon;
    for (const book of books) this.#put(book);
    this.#lookForWork();
  }

  get isEmpty(): boolean {
    return this.#booksByTable.size === 0;
  }

  /** True while rows are to be counted or entries to be forgotten. */
  get hasWork(): boolean {
    return this.#hasWork;
  }

  /** All books, as they are kept. */
  get list(): readonly Book[] {
    return this.placed.map(({ book }) => book);
  }

  get placed(): readonly PlacedBook[] {
    return [...this.#booksByTable.values()].flat();
  }

  get horizon(): BookHorizon {
    return this.#horizon;
  }

  /** Those in which a document of a table has its places. */
  of(table: string): readonly PlacedBook[] {
    return this.#booksByTable.get(table) ?? [];
  }

  find(shape: BookShape): PlacedBook | undefined {
    return this.of(shape.table).find(({ book }) => isSameShape(book, shape));
  }

  /** The version after which a book tells everything. */
  reachOf({ book }: PlacedBook): Version {
    return Math.max(book.since, this.#horizon.version);
  }

  /** The book that a record begins, or the one that it goes on counting. */
  bookOf({ book, bookStep }: LogEntry, version: Version): PlacedBook | undefined {
    if (book !== undefined) return placeBook(this.#schema, { ...book, since: version, countedTo: "", wholeAt: null });
    return bookStep?.kind === "count" ? this.find(bookStep.book) : undefined;
  }

  /** What a record says of the books is so from now on. `left`: rows that have left any prefix, ever. */
  take(entry: LogEntry, version: Version, left: number): void {
    const placed = this.bookOf(entry, version);
    const { bookStep } = entry;
    if (placed !== undefined) {
      const countedTo = bookStep?.kind === "count" ? bookStep.to : "";
      this.#put({ ...placed.book, countedTo, wholeAt: countedTo === keysEnd ? version : null });
    }
    const now = { version, timeMs: entry.timeMs, left };
    // Before its first book begins, a deployment has nothing to forget.
    if (entry.book !== undefined && this.#horizon === noHorizon) this.#horizon = { ...noHorizon, ...now };
    if (bookStep !== undefined) this.#horizon = horizonAfter(this.#horizon, bookStep, now);
    this.#lookForWork();
  }

  #lookForWork(): void {
    this.#hasWork = this.#horizon.sweptTo !== null || this.placed.some(({ book }) => book.wholeAt === null);
  }

  #put(book: Book): void {
    const placed = placeBook(this.#schema, book);
    const others = this.of(book.table).filter((other) => !isSameShape(other.book, book));
    this.#booksByTable.set(book.table, [...others, placed]);
  }
}
