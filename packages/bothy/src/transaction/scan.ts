import type { DocumentFilter } from "../functions/index.ts";
import { assert } from "../errors/index.ts";
import type { Order } from "../ranges/index.ts";
import type { IndexDefinition, KeyRange } from "../schema/index.ts";
import { keyAfterPrefix, type Document, type Key } from "../values/index.ts";
import { lookAt, type Core } from "./core.ts";
import type { ScannedRange } from "./read-set.ts";
import type { Lack } from "./row-source.ts";
import type { Steps } from "./turns.ts";

/** A query as it was written. */
export interface QueryPlan {
  readonly index: IndexDefinition;
  /** Of that index among the keys of a row. */
  readonly position: number;
  readonly range: KeyRange;
  readonly order: Order;
  readonly filters: readonly DocumentFilter[];
}

/** How many rows are looked at together where a filter hides how many are needed. */
const filteredRowsMax = 64;

/**
 * Reads on through the range of a query: hands out documents that pass its filters, and remembers how far it has looked, in
 * the read set as well.
 */
export class Scan {
  readonly #core: Core;
  readonly #plan: QueryPlan;
  readonly #read: ScannedRange;
  /** What has not been looked at yet. */
  #rest: KeyRange;
  #lastKey: Key | undefined;
  #isAtEnd = false;

  constructor(core: Core, plan: QueryPlan) {
    this.#core = core;
    this.#plan = plan;
    this.#rest = plan.range;
    core.spending.spend("readRanges", 1);
    this.#read = core.reads.begin(plan.range, plan.order);
  }

  /** The last key that was looked at. */
  get lastKey(): Key | undefined {
    return this.#lastKey;
  }

  /** True once nothing is left to look at. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Hands out the next documents, fewer than `count` only at the end of the range. */
  *take(count: number): Steps<Lack, Document[]> {
    const documents: Document[] = [];
    while (documents.length < count && !this.#isAtEnd) {
      const lack = this.#lackFor(count - documents.length);
      const rows = yield* this.#core.source.read(lack);
      for (const row of rows) {
        if (documents.length === count) break;
        // Before anything can be thrown: what was looked at has been read, also if the caller goes on without it.
        this.#moveTo(row.keys[this.#plan.position]);
        const document = lookAt(this.#core, row);
        if (this.#passes(document)) documents.push(document);
      }
      if (rows.length < lack.limit && documents.length < count) this.#end();
      else this.#rest = behind(this.#rest, this.#plan.order, this.#lastKey);
    }
    return documents;
  }

  #lackFor(count: number): Lack {
    const wanted = this.#plan.filters.length === 0 ? count : Math.max(count, filteredRowsMax);
    return { range: this.#rest, order: this.#plan.order, limit: this.#core.spending.rowsWorthReading(wanted) };
  }

  #passes(document: Document): boolean {
    for (const filter of this.#plan.filters) if (!filter(document)) return false;
    return true;
  }

  #moveTo(key: Key | undefined): void {
    assert(key !== undefined, "a row has a key for every index of its table");
    this.#lastKey = key;
    this.#read.scannedTo(key);
  }

  #end(): void {
    this.#isAtEnd = true;
    this.#read.scannedAll();
  }
}

/** What of a range lies behind a key, in an order. */
export function behind(range: KeyRange, order: Order, key: Key | undefined): KeyRange {
  if (key === undefined) return range;
  return order === "asc" ? { ...range, lower: keyAfterPrefix(key) } : { ...range, upper: key };
}
