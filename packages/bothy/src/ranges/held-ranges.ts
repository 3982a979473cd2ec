import { assert } from "../errors/index.ts";
import { widthOf, type KeyRange, type Schema } from "../schema/index.ts";
import type { Key } from "../values/index.ts";
import type { Row } from "./row.ts";
import { SortedMap, type Order } from "./sorted-map.ts";
import { TableRows, type TablePlaces } from "./table-rows.ts";

/** What a read found, and whether that is all there is to find. */
export interface RowsRead {
  readonly rows: Row[];
  readonly isComplete: boolean;
}

/**
 * The rows of all tables that a memory has, with the ranges for which it is known to have all of them. `clone` is a
 * pointer: what it shares with its original is copied when one of them writes.
 *
 * Holds are counted: a range held twice is held until it was released twice. A row may be put although it lies in no
 * held range (what a transaction writes does): reads see it, and it stays until it is removed or a range that it lies in
 * is released.
 *
 * A range in a projection is about what that projection shows. A read sees the rows that are at least as wide as it asks, and
 * a range that is held more widely counts for it.
 */
export class HeldRanges {
  readonly #places: ReadonlyMap<string, TablePlaces>;
  #rowsByTable: Map<string, TableRows>;
  #holds: SortedMap<Hold>;
  /** Tables whose rows belong to this memory alone; undefined while even the map of tables is shared. */
  #ownTables: Set<string> | undefined;
  #rowCount: number;

  private constructor(from: Contents) {
    this.#places = from.places;
    this.#rowsByTable = from.rowsByTable;
    this.#holds = from.holds;
    this.#rowCount = from.rowCount;
  }

  /** Makes a memory that has nothing and knows nothing. */
  static create(schema: Schema): HeldRanges {
    return new HeldRanges({ places: placesOf(schema), rowsByTable: new Map(), holds: new SortedMap(), rowCount: 0 });
  }

  clone(): HeldRanges {
    this.#ownTables = undefined;
    return new HeldRanges({
      places: this.#places,
      rowsByTable: this.#rowsByTable,
      holds: this.#holds.clone(),
      rowCount: this.#rowCount,
    });
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  get(table: string, id: string): Row | undefined {
    return this.#rowsByTable.get(table)?.get(id);
  }

  /** All rows of a table, by id. */
  rows(table: string): Row[] {
    return this.#rowsByTable.get(table)?.rowsAt(0).values() ?? [];
  }

  /** Puts a row in place of the one with its id. */
  put(table: string, row: Row): void {
    const rows = this.#writable(table);
    const countBefore = rows.rowCount;
    rows.put(row);
    this.#rowCount += rows.rowCount - countBefore;
  }

  /** Puts many rows at once, of which none has the id of another or of one that is here. */
  putNew(table: string, rows: readonly Row[]): void {
    this.#writable(table).putNew(rows);
    this.#rowCount += rows.length;
  }

  /** Does a part of what a read of an index of a table would have to do first, for so many rows; true if nothing is left. */
  prepare(table: string, position: number, count: number): boolean {
    return this.#rowsByTable.get(table)?.prepare(position, count) ?? true;
  }

  /** Removes a row and returns it. */
  remove(table: string, id: string): Row | undefined {
    // Looked up first, so that nothing is copied for a row that is not there.
    if (this.get(table, id) === undefined) return undefined;
    this.#rowCount--;
    return this.#writable(table).remove(id);
  }

  /**
   * Reads the first `limit` rows of a range in order, as they are held: perhaps wider than its projection. Complete: no document can be missing from them, because the whole
   * range is known, or because they all lie before the edge of what is known in the range's own index (RA6).
   */
  read(range: KeyRange, order: Order, limit: number): RowsRead {
    const rows: Row[] = [];
    const table = this.#rowsByTable.get(range.table);
    if (table === undefined || limit <= 0 || range.lower >= range.upper) {
      return { rows, isComplete: limit <= 0 || range.lower >= range.upper };
    }
    const position = this.#positionOf(range);
    let lastKey = "";
    table.rowsAt(position).scan(range.lower, range.upper, order, (row, key) => {
      if (!table.isAsWide(row, range.projection)) return true;
      lastKey = key;
      return rows.push(row) < limit;
    });
    const coverage = table.coverageAt(position, range.projection);
    if (rows.length === limit) {
      const reach = coverage.reach(range.lower, range.upper, order);
      if (order === "asc" ? lastKey < reach : lastKey >= reach) return { rows, isComplete: true };
    }
    return { rows, isComplete: table.isComplete(range, position) };
  }

  /** Tells whether every document of a range is known here. */
  isComplete(range: KeyRange): boolean {
    if (range.lower >= range.upper) return true;
    return this.#rowsByTable.get(range.table)?.isComplete(range, this.#positionOf(range)) ?? false;
  }

  /** How far a range is known in its own index: the end of what is known (ascending) or its start (descending). */
  reach(range: KeyRange, order: Order): Key {
    const coverage = this.#rowsByTable.get(range.table)?.coverageAt(this.#positionOf(range), range.projection);
    if (coverage !== undefined) return coverage.reach(range.lower, range.upper, order);
    return order === "asc" ? range.lower : range.upper;
  }

  /** Tells whether a document with these keys lies in a range that is held at least as widely as a projection. */
  isInside(table: string, keys: readonly Key[], projection?: string): boolean {
    return this.#rowsByTable.get(table)?.isInside(keys, projection) ?? false;
  }

  /** States that every document of a range is here; the caller has put or is about to put them. */
  hold(range: KeyRange): void {
    this.#writable(range.table).hold(this.#positionOf(range), range);
    const name = nameOfRange(range);
    this.#holds.set(name, { range, count: (this.#holds.get(name)?.count ?? 0) + 1 });
  }

  /**
   * Ends one hold of a range, and removes and returns the rows inside it that lie in no range still held as widely as they
   * are. Whether one stays more narrowly is for the caller to say, who knows documents.
   */
  release(range: KeyRange): Row[] {
    const name = nameOfRange(range);
    const hold = this.#holds.get(name);
    assert(hold !== undefined, "what is released is held");
    if (hold.count > 1) this.#holds.set(name, { range, count: hold.count - 1 });
    else this.#holds.delete(name);
    const position = this.#positionOf(range);
    const table = this.#writable(range.table);
    table.release(position, range);
    const removed: Row[] = [];
    table.rowsAt(position).scan(range.lower, range.upper, "asc", (row) => {
      if (!table.isInside(row.keys, row.projection)) removed.push(row);
    });
    for (const row of removed) table.remove(row.id);
    this.#rowCount -= removed.length;
    return removed;
  }

  /** How many holds of exactly this range there are. */
  holdCount(range: KeyRange): number {
    return this.#holds.get(nameOfRange(range))?.count ?? 0;
  }

  /** The ranges that are held, each once. */
  heldRanges(): KeyRange[] {
    return this.#holds.values().map(({ range }) => range);
  }

  /** Forgets every row and every range. */
  clear(): void {
    this.#rowsByTable = new Map();
    this.#ownTables = new Set();
    this.#holds = new SortedMap();
    this.#rowCount = 0;
  }

  /** The rows of a table, as this memory's own. */
  #writable(table: string): TableRows {
    if (this.#ownTables === undefined) {
      this.#ownTables = new Set();
      this.#rowsByTable = new Map(this.#rowsByTable);
    }
    const rows = this.#rowsByTable.get(table);
    if (rows !== undefined && this.#ownTables.has(table)) return rows;
    const own = rows?.clone() ?? TableRows.create(this.#placesIn(table));
    this.#rowsByTable.set(table, own);
    this.#ownTables.add(table);
    return own;
  }

  #placesIn(table: string): TablePlaces {
    const places = this.#places.get(table);
    assert(places !== undefined, `the schema has the table "${table}"`);
    return places;
  }

  #positionOf(range: KeyRange): number {
    const position = this.#placesIn(range.table).positionByIndex.get(range.index);
    assert(position !== undefined, `the table "${range.table}" has the index "${range.index}"`);
    return position;
  }
}

interface Contents {
  readonly places: ReadonlyMap<string, TablePlaces>;
  readonly rowsByTable: Map<string, TableRows>;
  readonly holds: SortedMap<Hold>;
  readonly rowCount: number;
}

interface Hold {
  readonly range: KeyRange;
  readonly count: number;
}

function placesOf(schema: Schema): ReadonlyMap<string, TablePlaces> {
  const places = new Map<string, TablePlaces>();
  for (const [name, table] of Object.entries(schema.tables)) {
    const { indexes } = table;
    places.set(name, {
      widthOf: (projection) => widthOf(table, projection),
      positionByIndex: new Map(indexes.map((index, position) => [index.name, position])),
      fieldsByPosition: indexes.map(({ fields }) => fields),
    });
  }
  return places;
}

function nameOfRange({ table, index, lower, upper, projection = "" }: KeyRange): string {
  // The length keeps apart where one bound ends and the other begins: keys contain every character.
  return `${table}\0${index}\0${projection}\0${lower.length}\0${lower}${upper}`;
}
