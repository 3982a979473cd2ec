import { assert } from "../errors/index.ts";
import { widthOf, type KeyRange, type TableDefinition } from "../schema/index.ts";
import { encodeKeyElement, type Key } from "../values/index.ts";
import { Coverage } from "./coverage.ts";
import { fieldsOfRange, impliedInterval } from "./implied-interval.ts";
import type { Row } from "./row.ts";
import { SortedMap } from "./sorted-map.ts";

/** One index of a table. Rows that came together are put in order when the index is asked for; many never are. */
interface TableIndex {
  readonly rows: SortedMap<Row>;
  waiting: Row[];
}

/** The rows of one table in each of its indexes, and what of each index is known to be complete. */
export class TableRows {
  readonly #table: TableDefinition;
  /** Shared with the original of a clone until one of them writes. */
  readonly #indexes: TableIndex[];
  #ownIndexes: Set<TableIndex>;
  /**
   * By index and width: what is held at least as widely. Shared with the original of a clone until a range is held or
   * released here, which is rarer than a write.
   */
  #coverages: readonly (readonly Coverage[])[];
  #ownsCoverages: boolean;

  private constructor(from: Parts, ownsCoverages: boolean) {
    this.#table = from.table;
    this.#indexes = from.indexes;
    this.#ownIndexes = new Set(ownsCoverages ? from.indexes : []);
    this.#coverages = from.coverages;
    this.#ownsCoverages = ownsCoverages;
  }

  static create(table: TableDefinition): TableRows {
    const indexes = table.indexes.map((): TableIndex => ({ rows: new SortedMap(), waiting: [] }));
    const coverages = indexes.map(() => Array.from({ length: table.projections.length + 1 }, () => new Coverage()));
    return new TableRows({ table, indexes, coverages }, true);
  }

  clone(): TableRows {
    this.#ownsCoverages = false;
    this.#ownIndexes = new Set();
    return new TableRows({ table: this.#table, indexes: [...this.#indexes], coverages: this.#coverages }, false);
  }

  /** The rows in the order of an index; to be changed only through `put`, `putNew` and `remove`. */
  rowsAt(position: number): SortedMap<Row> {
    this.prepare(position, Infinity);
    return at(this.#indexes, position).rows;
  }

  /** Puts so many of the waiting rows of an index in order; true if that were all. */
  prepare(position: number, count: number): boolean {
    const index = at(this.#indexes, position);
    if (index.waiting.length === 0) return true;
    const entries = index.waiting.splice(0, count).map((row) => [at(row.keys, position), row] as const);
    for (const [key, row] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) index.rows.set(key, row);
    return index.waiting.length === 0;
  }

  /** What is known of an index, as widely as a projection; to be changed only through `hold` and `release`. */
  coverageAt(position: number, projection: string | undefined): Coverage {
    // Rows in a projection that the table no longer has are held by nothing.
    return at(at(this.#coverages, position), Math.max(0, widthOf(this.#table, projection)));
  }

  /** Tells whether a row is at least as wide as a projection. */
  isAsWide(row: Row, projection: string | undefined): boolean {
    return row.projection === projection || widthOf(this.#table, row.projection) >= widthOf(this.#table, projection);
  }

  get(id: string): Row | undefined {
    return this.rowsAt(0).get(encodeKeyElement(id));
  }

  put(row: Row): void {
    const before = this.rowsAt(0).get(at(row.keys, 0));
    for (let position = 0; position < this.#indexes.length; position++) {
      const rows = this.#ownRowsAt(position);
      const key = at(row.keys, position);
      const keyBefore = before === undefined ? key : at(before.keys, position);
      if (keyBefore !== key) rows.delete(keyBefore);
      rows.set(key, row);
    }
  }

  /** Puts rows of which none has the id of another or of one that is here. */
  putNew(rows: readonly Row[]): void {
    for (const [position, index] of this.#indexes.entries()) {
      const { waiting } = this.#ownIndexes.has(index) ? index : this.#own(position, index.waiting.slice());
      for (const row of rows) waiting.push(row);
    }
  }

  remove(id: string): Row | undefined {
    const row = this.get(id);
    if (row === undefined) return undefined;
    for (const position of this.#indexes.keys()) this.#ownRowsAt(position).delete(at(row.keys, position));
    return row;
  }

  hold(position: number, { lower, upper, projection }: KeyRange): void {
    for (const coverage of this.#upTo(position, projection)) coverage.hold(lower, upper);
  }

  release(position: number, { lower, upper, projection }: KeyRange): void {
    for (const coverage of this.#upTo(position, projection)) coverage.release(lower, upper);
  }

  /** Tells whether a document with these keys lies in a range that is held at least as widely. */
  isInside(keys: readonly Key[], projection: string | undefined): boolean {
    return this.#coverages.some((_, position) => {
      const coverage = this.coverageAt(position, projection);
      return !coverage.isEmpty && coverage.held.contains(at(keys, position));
    });
  }

  /** Tells whether every document of a range is known here, whichever index it is known by (RA5). */
  isComplete(range: KeyRange, position: number): boolean {
    const { projection } = range;
    const { indexes } = this.#table;
    if (this.coverageAt(position, projection).held.covers(range.lower, range.upper)) return true;
    const fields = fieldsOfRange(range, at(indexes, position).fields);
    const id = fields.fixed.find(({ field }) => field === "_id");
    const row = id && this.rowsAt(0).get(id.element);
    if (row && this.isAsWide(row, projection)) return true;
    return this.#coverages.some((_, heldPosition) => {
      const coverage = this.coverageAt(heldPosition, projection);
      if (heldPosition === position || coverage.isEmpty) return false;
      const [lower, upper] = impliedInterval(fields, at(indexes, heldPosition).fields);
      return coverage.held.covers(lower, upper);
    });
  }

  #ownRowsAt(position: number): SortedMap<Row> {
    const rows = this.rowsAt(position);
    return this.#ownIndexes.has(at(this.#indexes, position)) ? rows : this.#own(position, []).rows;
  }

  #own(position: number, waiting: Row[]): TableIndex {
    const own: TableIndex = { rows: at(this.#indexes, position).rows.clone(), waiting };
    this.#ownIndexes.add(own);
    this.#indexes[position] = own;
    return own;
  }

  /** What is held as widely as a projection is held as widely as the narrower ones, too. */
  #upTo(position: number, projection: string | undefined): readonly Coverage[] {
    return at(this.#ownCoverages(), position).slice(0, widthOf(this.#table, projection) + 1);
  }

  #ownCoverages(): readonly (readonly Coverage[])[] {
    if (!this.#ownsCoverages) {
      this.#coverages = this.#coverages.map((widths) => widths.map((coverage) => coverage.clone()));
      this.#ownsCoverages = true;
    }
    return this.#coverages;
  }
}

interface Parts {
  readonly table: TableDefinition;
  readonly indexes: TableIndex[];
  readonly coverages: readonly (readonly Coverage[])[];
}

function at<T>(list: readonly T[], position: number): T {
  const item = list[position];
  assert(item !== undefined, "every index of a table has its place");
  return item;
}
