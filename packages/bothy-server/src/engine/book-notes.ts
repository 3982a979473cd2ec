import { assert, digestWith, digestWithout, type Key, type Version } from "bothy/internal";
import type { StoreReader, StoreWrite } from "../store/index.ts";
import {
  decodeTotal,
  emptyTotal,
  encodeTotal,
  entryKey,
  leadingElements,
  totalKey,
  type BookTotal,
  type PlacedBook,
} from "./book-entries.ts";
import type { Books } from "./books.ts";
import type { DocumentWrite } from "./engine.ts";
import { metaKeys } from "./keys.ts";
import { storedStamp } from "./stored-document.ts";

/** Totals that one record changes, each read and written once. */
export class TotalsChanged {
  readonly #view: StoreReader;
  readonly #changed = new Map<string, { readonly placed: PlacedBook; total: BookTotal }>();

  constructor(view: StoreReader) {
    this.#view = view;
  }

  change(placed: PlacedBook, prefix: Key, next: (total: BookTotal) => BookTotal): void {
    const at = totalKey(placed, prefix);
    const known = this.#changed.get(at);
    if (known !== undefined) known.total = next(known.total);
    else this.#changed.set(at, { placed, total: next(decodeTotal(placed.book, this.#view.get(at))) });
  }

  writes(): StoreWrite[] {
    return Array.from(this.#changed, ([at, { placed, total }]) => {
      assert(total.digest.count >= 0, "what leaves a total was in it");
      return [at, total === emptyTotal ? undefined : encodeTotal(placed.book, total)];
    });
  }
}

/** What the writes of one commit change in the books of their tables. */
export class BookNotes {
  readonly #books: Books;
  readonly #view: StoreReader;
  readonly #version: Version;
  readonly #totals: TotalsChanged;
  readonly #entries: StoreWrite[] = [];
  #leftCount = 0;

  constructor(books: Books, view: StoreReader, version: Version) {
    this.#books = books;
    this.#view = view;
    this.#version = version;
    this.#totals = new TotalsChanged(view);
  }

  /** Notes a write of a document, which was stored like this before. */
  note(write: DocumentWrite, stored: string | undefined): void {
    for (const placed of this.#books.of(write.table)) {
      if ((write.touchedWidth ?? 0) > placed.width) continue;
      this.#noteIn(placed, write, stored === undefined ? 0 : storedStamp(stored, placed.projection));
    }
  }

  writes(): StoreWrite[] {
    const writes = [...this.#entries, ...this.#totals.writes()];
    if (this.#leftCount > 0) writes.push([metaKeys.left, String(readLeft(this.#view) + this.#leftCount)]);
    return writes;
  }

  #noteIn(placed: PlacedBook, write: DocumentWrite, stamp: Version): void {
    const version = this.#version;
    const { id } = write;
    const [keyBefore, keyAfter] = [keyIn(placed, write.before), keyIn(placed, write.after)];
    const before = keyBefore && leadingElements(keyBefore, placed.book.equalities);
    const after = keyAfter && leadingElements(keyAfter, placed.book.equalities);
    let came = String(version);
    if (before !== undefined) {
      const present = entryKey(placed, before, "p", stamp) + id;
      const noted = this.#view.get(present);
      came = noted ?? String(this.#books.reachOf(placed));
      if (noted !== undefined) this.#entries.push([present, undefined]);
      if (before !== after) {
        this.#entries.push([entryKey(placed, before, "l", version) + id, came]);
        this.#leftCount++;
        came = String(version);
      }
      const isCounted = keyBefore !== undefined && keyBefore < placed.book.countedTo;
      this.#totals.change(placed, before, ({ digest }) => ({
        newest: version,
        digest: isCounted ? digestWithout(digest, id, stamp) : digest,
      }));
    }
    if (after !== undefined) {
      this.#entries.push([entryKey(placed, after, "p", version) + id, came]);
      const isCounted = keyAfter !== undefined && keyAfter < placed.book.countedTo;
      this.#totals.change(placed, after, ({ digest }) => ({
        newest: version,
        digest: isCounted ? digestWith(digest, id, version) : digest,
      }));
    }
  }
}

function keyIn({ position }: PlacedBook, keys: readonly Key[] | null): Key | undefined {
  if (keys === null) return undefined;
  const key = keys[position];
  assert(key !== undefined, "a document has a key in every index of its table");
  return key;
}

/** How many rows have left a prefix of any book, ever. */
export function readLeft(view: StoreReader): number {
  return Number(view.get(metaKeys.left) ?? 0);
}
