import { BothyError } from "../errors/index.ts";
import {
  createFilter,
  type FilterBuilder,
  type FilterOperand,
  type PaginationOptions,
  type PaginationResult,
  type QueryStart,
} from "../functions/index.ts";
import { scannedPart, type Order } from "../ranges/index.ts";
import {
  createRangeBuilder,
  indexOf,
  keyRangeFor,
  narrowRange,
  projectionOf,
  type AnyDataModel,
  type BuiltRange,
  type LooseRangeBuilder,
  type RangeParts,
  type TableDefinition,
} from "../schema/index.ts";
import type { Document } from "../values/index.ts";
import { openTable, type Core } from "./core.ts";
import { readCursor, writeCursor, type PageEnd } from "./page-cursor.ts";
import type { Lack } from "./lack.ts";
import { behind, Scan, type QueryPlan } from "./scan.ts";
import { settle, type Steps } from "./turns.ts";

/** `ctx.db.query(…)`: every word makes a new query, and nothing is read before one of the last words is called. */
export class TableQuery implements QueryStart<AnyDataModel[string]> {
  readonly #core: Core;
  readonly #table: TableDefinition;
  readonly #plan: QueryPlan;

  constructor(core: Core, table: TableDefinition, plan: QueryPlan) {
    this.#core = core;
    this.#table = table;
    this.#plan = plan;
  }

  withIndex(name: string, build: (q: LooseRangeBuilder) => BuiltRange = (q) => q): TableQuery {
    const { parts } = build(createRangeBuilder({ table: this.#table.name, index: name }));
    return this.#with(planOver(this.#table, name, parts)).#narrowed();
  }

  only(name: string): TableQuery {
    return this.#with({ projection: projectionOf(this.#table, name) }).#narrowed();
  }

  fullTableScan(): TableQuery {
    return this;
  }

  order(order: Order): TableQuery {
    return this.#with({ order });
  }

  filter(write: (q: FilterBuilder) => FilterOperand<boolean>): this {
    // No class extends this one, so that one more query of it is of the type of `this`.
    return this.#with({ filters: [...this.#plan.filters, createFilter(write)] }) as this;
  }

  collect(): Promise<Document[]> {
    return this.#read(Infinity);
  }

  take(count: number): Promise<Document[]> {
    return settle(() => {
      checkCount("take", count, 0);
      return this.#read(count);
    });
  }

  first(): Promise<Document | null> {
    return this.#run(1, takeFirst);
  }

  unique(): Promise<Document | null> {
    const { table } = this.#plan.range;
    return this.#run(2, (scan) => takeOnly(scan, table));
  }

  paginate({ numItems, cursor, endCursor }: PaginationOptions): Promise<PaginationResult<Document>> {
    return settle(() => {
      checkCount("paginate", numItems, 1);
      const query = this.#plan;
      const { order } = query;
      const start = cursor === null ? undefined : readCursor(query, cursor);
      const end = typeof endCursor === "string" ? readCursor(query, endCursor) : undefined;
      if (start === "end")
        return this.#core.turns.perform(() => ({ page: [], isDone: true, continueCursor: writeCursor(query, "end") }));
      // The piece of the range that lies behind one page's end and before another's.
      let { range } = query;
      if (end !== undefined && end !== "end") range = scannedPart(range, order, end);
      range = behind(range, order, start);
      if (range.upper < range.lower) range = { ...range, upper: range.lower };
      const count = end === undefined ? numItems : Infinity;
      return this.#with({ range }).#run(count, (scan) => takePage(scan, query, count, end));
    });
  }

  [Symbol.asyncIterator](): AsyncIterator<Document> {
    let scan: Scan | undefined;
    const core = this.#core;
    const plan = this.#plan;
    return { next: () => core.turns.run(() => takeNext((scan ??= new Scan(core, plan)))) };
  }

  #read(count: number): Promise<Document[]> {
    return this.#run(count, (scan) => scan.take(count));
  }

  /** Begins a scan when its turn has come; `count` is what it will ask for first. */
  #run<Result>(count: number, use: (scan: Scan) => Steps<Lack, Result>): Promise<Result> {
    const { turns, spending } = this.#core;
    const { range, order } = this.#plan;
    const foresee = (): Lack => ({ range, order, limit: spending.rowsWorthReading(count) });
    return turns.run(() => use(new Scan(this.#core, this.#plan)), count === 0 ? undefined : foresee);
  }

  /** Only a device may hold parts of documents; on a server a range is read whole, whatever is shown of it. */
  #narrowed(): TableQuery {
    const { range, projection } = this.#plan;
    if (!projection) return this;
    const narrow = narrowRange(this.#table, range, projection.name);
    return this.#core.source.canFetch ? this : this.#with({ range: narrow });
  }

  #with(change: Partial<QueryPlan>): TableQuery {
    return new TableQuery(this.#core, this.#table, { ...this.#plan, ...change });
  }
}

/*
 * Generators stand here and not where they are used: a generator function that is made for one use keeps what it sees until
 * V8's next full collection (docs/decisions/0014-garbage-and-wake-ups.md).
 */

function* takeFirst(scan: Scan): Steps<Lack, Document | null> {
  const [document] = yield* scan.take(1);
  return document ?? null;
}

function* takeOnly(scan: Scan, table: string): Steps<Lack, Document | null> {
  const [document, another] = yield* scan.take(2);
  if (another === undefined) return document ?? null;
  throw new BothyError("not_unique", {
    message: `unique() found more than one document in table "${table}".`,
    fix: "Use first() or take(n) if several are possible.",
  });
}

function* takeNext(scan: Scan): Steps<Lack, IteratorResult<Document, undefined>> {
  const [document] = yield* scan.take(1);
  return document === undefined ? { done: true, value: undefined } : { done: false, value: document };
}

function* takePage(
  scan: Scan,
  plan: QueryPlan,
  count: number,
  end: PageEnd | undefined,
): Steps<Lack, PaginationResult<Document>> {
  const page = yield* scan.take(count);
  const reached = end ?? scan.end;
  return { page, isDone: reached === "end", continueCursor: writeCursor(plan, reached) };
}

/** Starts a query over a whole table, in order of creation. */
export function startQuery(core: Core, name: string): TableQuery {
  const table = openTable(core, name);
  return new TableQuery(core, table, {
    ...planOver(table, "by_creation_time", { prefix: [] }),
    order: "asc",
    filters: [],
  });
}

function planOver(
  table: TableDefinition,
  name: string,
  parts: RangeParts,
): Pick<QueryPlan, "index" | "position" | "range"> {
  const index = indexOf(table, name);
  return { index, position: table.indexes.indexOf(index), range: keyRangeFor(table, index, parts) };
}

function checkCount(word: "take" | "paginate", count: unknown, least: number): void {
  if (Number.isInteger(count) && Number(count) >= least) return;
  throw new BothyError("range_invalid", {
    message: `${word} was asked for ${String(count)} documents.`,
    fix: "Ask for a whole number of them.",
  });
}
