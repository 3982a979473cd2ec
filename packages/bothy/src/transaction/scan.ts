import type { DocumentFilter } from "../functions/index.ts";
import { scannedPart, type Order, type Row } from "../ranges/index.ts";
import type { IndexDefinition, KeyRange, Projection } from "../schema/index.ts";
import { keyAfterPrefix, type Document, type Key } from "../values/index.ts";
import { documentOf, type Core } from "./core.ts";
import type { PageEnd } from "./page-cursor.ts";
import type { ReadUnderWay } from "./read-set.ts";
import type { Lack } from "./lack.ts";
import type { Steps } from "./turns.ts";

/** A query as it was written. */
export interface QueryPlan {
  readonly index: IndexDefinition;
  /** Of that index among the keys of a row. */
  readonly position: number;
  readonly range: KeyRange;
  readonly order: Order;
  readonly filters: readonly DocumentFilter[];
  /** Of each document only what this shows. */
  readonly projection?: Projection;
}

/** How many rows are looked at together where a filter hides how many are needed. */
const filteredRowsMax = 64;

/** Reads on through the range of a query, and hands out the documents that pass its filters. */
export class Scan implements ReadUnderWay {
  readonly #core: Core;
  readonly #plan: QueryPlan;
  /** What has not been looked at yet. */
  #rest: KeyRange;
  #lastKey: Key | undefined;
  #isAtEnd = false;

  constructor(core: Core, plan: QueryPlan) {
    this.#core = core;
    this.#plan = plan;
    this.#rest = plan.range;
    core.spending.spend("readRanges", 1);
    core.reads.add(this);
  }

  /** Where a page ends that ends here. */
  get end(): PageEnd {
    return this.#isAtEnd ? "end" : (this.#lastKey ?? "end");
  }

  get rangeRead(): KeyRange | undefined {
    const { range, order } = this.#plan;
    if (this.#isAtEnd) return range;
    return this.#lastKey === undefined ? undefined : scannedPart(range, order, this.#lastKey);
  }

  /** Hands out the next documents, fewer than `count` only at the end of the range. */
  *take(count: number): Steps<Lack, Document[]> {
    const documents: Document[] = [];
    const { reads, writes } = this.#core;
    // What was changed as it is may lie elsewhere in the range by the commit, or outside of it: from here on it counts as read.
    for (const id of writes.unread(this.#plan.range.table)) reads.addId(this.#plan.range.table, id);
    while (documents.length < count && !this.#isAtEnd) {
      const lack = this.#lackFor(count - documents.length);
      const rows = yield* this.#core.source.read(lack);
      this.#lookAt(rows, documents, count);
      if (rows.length < lack.limit && documents.length < count) this.#isAtEnd = true;
      else this.#rest = behind(this.#rest, this.#plan.order, this.#lastKey);
    }
    return documents;
  }

  #lackFor(count: number): Lack {
    const wanted = this.#plan.filters.length === 0 ? count : Math.max(count, filteredRowsMax);
    return { range: this.#rest, order: this.#plan.order, limit: this.#core.spending.rowsWorthReading(wanted) };
  }

  /** Looks at rows until there are so many documents. */
  #lookAt(rows: readonly Row[], documents: Document[], count: number): void {
    let at = 0;
    let sizeBytes = 0;
    try {
      for (const row of rows) {
        if (documents.length >= count) break;
        at++;
        sizeBytes += row.sizeBytes ?? 0;
        const document = documentOf(row, this.#plan.projection);
        if (this.#passes(document)) documents.push(document);
      }
    } finally {
      // Also when a filter threw: what was looked at has been read, and the caller may go on without it.
      this.#lastKey = rows[at - 1]?.keys[this.#plan.position] ?? this.#lastKey;
    }
    this.#core.spending.spend("readDocuments", at);
    this.#core.spending.spend("readBytes", sizeBytes);
  }

  #passes(document: Document): boolean {
    for (const filter of this.#plan.filters) if (!filter(document)) return false;
    return true;
  }
}

/** What of a range lies behind a key, in an order. */
export function behind(range: KeyRange, order: Order, key: Key | undefined): KeyRange {
  if (key === undefined) return range;
  return order === "asc" ? { ...range, lower: keyAfterPrefix(key) } : { ...range, upper: key };
}
